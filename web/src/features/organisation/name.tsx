import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Organisation } from '@jarvis/contracts/organisations.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshOrganisation } from './queries.ts'
import { say } from '#words/say.ts'

export function Name({ organisation: { id, name: now } }: { organisation: Organisation }) {
  const [name, setName] = useState(now)
  const rename = useMutation({
    mutationFn: () => call(endpoints.updateOrganisation, { params: { id }, body: { name: name.trim() } }),
    onSuccess: async () => {
      await refreshOrganisation()
      toast(say('Saved'))
    },
  })
  return (
    <form
      className="flex max-w-md flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        rename.mutate()
      }}
    >
      <Field
        label={say('Name of the organisation')}
        required
        maxLength={100}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {rename.error && <Notice look="danger">{messageOf(rename.error)}</Notice>}
      <Button type="submit" className="min-h-11 self-start" busy={rename.isPending} disabled={name.trim() === '' || name.trim() === now}>
        {say('Save')}
      </Button>
    </form>
  )
}

import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshAdmin } from './queries.ts'
import { say } from '#words/say.ts'

/** Nothing brings somebody back, so their address is typed first. */
export function ErasePerson({ user: { id, name, email }, onErased }: { user: AdminUser; onErased: () => void }) {
  const [isAsked, setAsked] = useState(false)
  const [typed, setTyped] = useState('')
  const isSure = typed.trim().toLowerCase() === email.toLowerCase()
  const erase = useMutation({
    mutationFn: () => call(endpoints.adminEraseUser, { params: { id } }),
    onSuccess: async () => {
      toast(say('{name} is being erased', { name: name || email }))
      onErased()
      await refreshAdmin()
    },
  })
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      {!isAsked && (
        <Button look="danger" className="self-start" onClick={() => setAsked(true)}>
          {say('Erase this person')}
        </Button>
      )}
      {isAsked && (
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            if (isSure) erase.mutate()
          }}
        >
          <p className="text-sm text-muted">
            {say('Their account goes, with every conversation, memory and file of theirs. Nobody can bring them back.')}
          </p>
          <Field
            label={say('Type {email} to confirm', { email })}
            type="email"
            autoComplete="off"
            value={typed}
            ref={(field) => {
              if (typed === '') field?.focus()
            }}
            onChange={(event) => setTyped(event.target.value)}
            error={erase.error ? messageOf(erase.error) : undefined}
          />
          <div className="flex flex-wrap gap-2">
            <Button type="submit" look="danger" busy={erase.isPending} disabled={!isSure}>
              {say('Erase')}
            </Button>
            <Button onClick={() => setAsked(false)}>{say('Leave it')}</Button>
          </div>
        </form>
      )}
    </div>
  )
}

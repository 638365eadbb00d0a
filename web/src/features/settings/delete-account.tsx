import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { useInstance } from '#lib/instance.ts'
import { messageOf } from '#lib/problem.ts'
import { signedOut, useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { say } from '#words/say.ts'

export function DeleteAccount({ onClose }: { onClose: () => void }) {
  const email = useUser()?.email
  const billing = useInstance()?.billing ?? false
  const [typed, setTyped] = useState('')
  const sure = typed.trim().toLowerCase() === email?.toLowerCase()
  const remove = useMutation({
    mutationFn: () => call(endpoints.deleteMe, {}),
    onSuccess: () => {
      sessionStorage.clear()
      signedOut()
    },
  })
  return (
    <Dialog title={say('Delete your account?')} onClose={onClose}>
      <p className="text-muted">
        {say('Every conversation, memory and setting of yours will be erased within a minute. Nobody can bring them back.')}
        {billing && ` ${say('A subscription is cancelled at once.')}`}
      </p>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (sure) remove.mutate()
        }}
      >
        <Field
          label={say('Type {email} to confirm', { email: email ?? '' })}
          type="email"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={remove.error ? messageOf(remove.error) : undefined}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button type="submit" look="danger" busy={remove.isPending} disabled={!sure}>
            {say('Delete account')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

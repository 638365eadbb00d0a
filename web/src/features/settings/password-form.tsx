import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { ProblemError, fieldError, messageOf } from '#lib/problem.ts'
import { useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

export function PasswordForm() {
  const [round, setRound] = useState(0)
  const user = useUser()
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (body: { current: string; next: string }) => call(endpoints.changePassword, { body }),
    onSuccess: () => {
      setRound(round + 1)
      toast(say('Password changed. Other devices are signed out.'))
      void client.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  const { error } = change
  const wrong = error instanceof ProblemError && error.code === 'invalid_credentials' ? say('This is not your current password.') : undefined
  const faults = { current: fieldError(error, 'current') ?? wrong, next: fieldError(error, 'next') }
  return (
    <form
      key={round}
      className="flex max-w-md flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        change.mutate(fieldsOf(event.currentTarget, 'current', 'next'))
      }}
    >
      {/* So that a password manager knows whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={user?.email ?? ''} readOnly hidden />
      <Field label={say('Current password')} name="current" type="password" autoComplete="current-password" required error={faults.current} />
      <Field
        label={say('New password')}
        name="next"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={1024}
        hint={say('At least 8 characters. Your other devices will be signed out.')}
        error={faults.next}
      />
      {error && !faults.current && !faults.next && <Notice look="danger">{messageOf(error)}</Notice>}
      <Button type="submit" className="self-start" busy={change.isPending}>
        {say('Change password')}
      </Button>
    </form>
  )
}

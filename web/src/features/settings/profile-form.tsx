import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { ProblemError, fieldError, messageOf } from '#lib/problem.ts'
import { updateUser, useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { EmailState } from './email-state.tsx'
import { say } from '#words/say.ts'

export function ProfileForm() {
  const user = useUser()
  const save = useMutation({
    mutationFn: ({ name, email }: { name: string; email: string }) =>
      call(endpoints.updateMe, { body: { name, ...(email !== user?.email && { email }) } }),
    onSuccess: (next) => {
      updateUser(next)
      toast(next.pendingEmail ? say('Saved. The new address has to be confirmed by a letter.') : say('Saved'))
    },
  })
  if (!user) return null
  const { error } = save
  const taken = error instanceof ProblemError && error.code === 'email_taken' ? messageOf(error) : undefined
  const faults = { name: fieldError(error, 'name'), email: fieldError(error, 'email') ?? taken }
  return (
    <form
      className="flex max-w-md flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(fieldsOf(event.currentTarget, 'name', 'email'))
      }}
    >
      <Field label={say('Name')} name="name" defaultValue={user.name} autoComplete="name" required maxLength={100} error={faults.name} />
      <Field
        key={user.email}
        label={say('Email')}
        name="email"
        type="email"
        defaultValue={user.email}
        autoComplete="email"
        required
        maxLength={254}
        error={faults.email}
      />
      <EmailState user={user} />
      {error && !faults.name && !faults.email && <Notice look="danger">{messageOf(error)}</Notice>}
      <Button type="submit" className="self-start" busy={save.isPending}>
        {say('Save')}
      </Button>
    </form>
  )
}

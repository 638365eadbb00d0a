import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { fieldsOf } from '#lib/fields-of.ts'
import { messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { say } from '#words/say.ts'

/** Name and password of a directory of the organisation. The page begins anew with the cookie that came. */
export function DirectoryForm({ id, name, next }: { id: string; name: string; next: string | undefined }) {
  const signIn = useMutation({
    mutationFn: (body: { name: string; password: string }) => request(endpoints.signInByDirectory, { params: { id }, body }),
    onSuccess: () => location.assign(next ?? '/'),
  })
  return (
    <form
      aria-label={name}
      className="mt-3 mb-2 flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        signIn.mutate(fieldsOf(event.currentTarget, 'name', 'password'))
      }}
    >
      <Field
        label={say('Your name at {name}', { name })}
        name="name"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={254}
        ref={(field) => field?.focus()}
      />
      <Field label={say('Password')} name="password" type="password" autoComplete="current-password" required maxLength={1024} />
      {signIn.error && <Notice look="danger">{messageOf(signIn.error)}</Notice>}
      <Button type="submit" look="primary" className="h-11" busy={signIn.isPending || signIn.isSuccess}>
        {say('Sign in')}
      </Button>
    </form>
  )
}

import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { fieldsOf } from '#lib/fields-of.ts'
import { linkToken } from '#lib/link-token.ts'
import { fieldError, messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { BackToSignIn, linkClass } from './back-to-sign-in.tsx'
import { say } from '#words/say.ts'

export function ResetPasswordPage() {
  const [token] = useState(() => linkToken())
  const reset = useMutation({ mutationFn: ({ password }: { password: string }) => request(endpoints.resetPassword, { body: { token, password } }) })
  const fault = fieldError(reset.error, 'password')
  if (reset.isSuccess)
    return (
      <AuthFrame title={say('Your new password is set')} lead={say('You have been signed out on every device.')}>
        <BackToSignIn>{say('Sign in with it')}</BackToSignIn>
      </AuthFrame>
    )
  return (
    <AuthFrame title={say('Set a new password')} lead={say('It ends every session, on every device.')}>
      {token === '' ? (
        <Notice look="danger">{say('This address is not whole. Open the link of the letter itself.')}</Notice>
      ) : (
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            reset.mutate(fieldsOf(event.currentTarget, 'password'))
          }}
        >
          <Field
            label={say('New password')}
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            maxLength={1024}
            hint={say('At least 8 characters. A sentence is easy to remember.')}
            error={fault}
          />
          {reset.error && !fault && <Notice look="danger">{messageOf(reset.error)}</Notice>}
          <Button type="submit" look="primary" className="h-11" busy={reset.isPending}>
            {say('Set the password')}
          </Button>
        </form>
      )}
      <p className="mt-6">
        <Link to="/forgot-password" className={linkClass}>
          {say('Ask for another link')}
        </Link>
      </p>
    </AuthFrame>
  )
}

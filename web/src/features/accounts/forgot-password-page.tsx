import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { fieldsOf } from '#lib/fields-of.ts'
import { fieldError, messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { BackToSignIn } from './back-to-sign-in.tsx'
import { say } from '#words/say.ts'

export function ForgotPasswordPage() {
  const { data: methods } = useQuery({ queryKey: ['sign-in-methods'], queryFn: ({ signal }) => request(endpoints.signInMethods, {}, { signal }) })
  const ask = useMutation({ mutationFn: (body: { email: string }) => request(endpoints.forgotPassword, { body }) })
  const email = fieldError(ask.error, 'email')
  if (methods && !methods.mail)
    return (
      <AuthFrame title={say('Forgot your password?')} lead={say('No letters are sent from here, so somebody has to help you in.')}>
        <Notice>{say('Ask your administrator for a link to set a new password.')}</Notice>
        <BackToSignIn />
      </AuthFrame>
    )
  return (
    <AuthFrame title={say('Forgot your password?')} lead={say('You get a letter with a link to set a new one.')}>
      {ask.isSuccess ? (
        <div role="status">
          <Notice>
            {say(
              'If {email} has an account here, a letter is on its way. Its link works once, for 30 minutes. Look among the unwanted letters too.',
              ask.variables,
            )}
          </Notice>
        </div>
      ) : (
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            ask.mutate(fieldsOf(event.currentTarget, 'email'))
          }}
        >
          <Field label={say('Email')} name="email" type="email" autoComplete="username" required maxLength={254} error={email} />
          {ask.error && !email && <Notice look="danger">{messageOf(ask.error)}</Notice>}
          <Button type="submit" look="primary" className="h-11" busy={ask.isPending}>
            {say('Send the letter')}
          </Button>
        </form>
      )}
      <BackToSignIn />
    </AuthFrame>
  )
}

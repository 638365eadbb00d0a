import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { fieldsOf } from '#lib/fields-of.ts'
import { fieldError, messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { BackToSignIn } from './back-to-sign-in.tsx'
import { say } from '#words/say.ts'

/** Where an address is shown to be one's own before there is an account. */
export function RegisterByLetter() {
  const ask = useMutation({ mutationFn: (body: { email: string }) => request(endpoints.askToRegister, { body }) })
  const fault = fieldError(ask.error, 'email')
  return (
    <AuthFrame title={say('Create an account')} lead={say('You get a letter, whose link lets you in.')}>
      {ask.isSuccess ? (
        <div role="status">
          <Notice>
            <span className="[overflow-wrap:anywhere]">
              {say('A letter to {email} is on its way. Its link works once, for 24 hours.', ask.variables)}
            </span>
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
          <Field label={say('Email')} name="email" type="email" autoComplete="username" required maxLength={254} error={fault} />
          {ask.error && !fault && <Notice look="danger">{messageOf(ask.error)}</Notice>}
          <Button type="submit" look="primary" className="h-11" busy={ask.isPending}>
            {say('Send the letter')}
          </Button>
        </form>
      )}
      <BackToSignIn />
    </AuthFrame>
  )
}

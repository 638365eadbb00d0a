import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { PasskeyAnswer } from '@jarvis/contracts/passkeys.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { Suspense, lazy, useState } from 'react'
import { useInstance } from '#lib/instance.ts'
import { passkeysWorkHere } from '#lib/passkey-fault.ts'
import { ProblemError, fieldError, messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { sessionEnded, signedIn } from '#lib/session.ts'
import { signInMethodsQuery } from '#lib/sign-in-methods.ts'
import { useStore } from '#lib/store.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { linkClass } from './back-to-sign-in.tsx'
import { PasskeyButton } from './passkey-button.tsx'
import { WaysIn } from './sign-on-buttons.tsx'
import { fieldsOf } from '#lib/fields-of.ts'
import { say } from '#words/say.ts'

const SignInCode = lazy(async () => ({ default: (await import('./sign-in-code.tsx')).SignInCode }))

type Asked = { email: string; password: string; factors: string[] }

export function SignInPage() {
  const [asked, setAsked] = useState<Asked | null>(null)
  const instance = useInstance()
  const { next } = useSearch({ strict: false })
  const methods = useQuery(signInMethodsQuery)
  const ended = useStore(sessionEnded)
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string; otp?: string }) => request(endpoints.login, { body }),
    onSuccess: signedIn,
    onError: (error, { email, password }) => {
      if (!(error instanceof ProblemError) || error.code !== 'otp_required') return
      setAsked({ email, password, factors: String(error.params?.['factors'] ?? 'totp').split(' ') })
    },
  })
  const email = fieldError(signIn.error, 'email')
  const password = fieldError(signIn.error, 'password')
  if (asked) {
    const back = () => {
      setAsked(null)
      signIn.reset()
    }
    const { factors, ...secrets } = asked
    const byPasskey = async (passkey: PasskeyAnswer) => signedIn(await request(endpoints.login, { body: { ...secrets, passkey } }))
    return (
      <AuthFrame title={say('One more step')} lead={say('Show that it is you, {email}.', { email: asked.email })}>
        <Suspense>
          <SignInCode
            factors={factors}
            busy={signIn.isPending}
            error={signIn.error}
            onCode={(otp) => signIn.mutate({ ...secrets, otp })}
            onPasskey={byPasskey}
            onBack={back}
          />
        </Suspense>
      </AuthFrame>
    )
  }
  return (
    <AuthFrame title={say('Sign in')} lead={leadOf(ended, next !== undefined)}>
      <WaysIn next={next}>
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            signIn.mutate(fieldsOf(event.currentTarget, 'email', 'password'))
          }}
        >
          <Field label={say('Email')} name="email" type="email" autoComplete="username" required maxLength={254} error={email} />
          <Field label={say('Password')} name="password" type="password" autoComplete="current-password" required maxLength={1024} error={password} />
          {signIn.error && !email && !password && <Notice look="danger">{messageOf(signIn.error)}</Notice>}
          <Button type="submit" look="primary" className="h-11" busy={signIn.isPending}>
            {say('Sign in')}
          </Button>
        </form>
        {methods.data?.passkeys && passkeysWorkHere() && (
          <div className="mt-4">
            <PasskeyButton
              label={say('Sign in with a passkey')}
              onAnswer={async (body) => signedIn(await request(endpoints.signInByPasskey, { body }))}
            />
          </div>
        )}
        <p className="mt-4">
          <Link to="/forgot-password" className={linkClass}>
            {say('Forgot your password?')}
          </Link>
        </p>
      </WaysIn>
      {instance?.registrationOpen && (
        <p className="mt-2 text-muted">
          {say('New here?')}{' '}
          <Link to="/sign-up" search={{ next }} className={linkClass}>
            {say('Create an account')}
          </Link>
        </p>
      )}
    </AuthFrame>
  )
}

function leadOf(ended: boolean, goesOn: boolean): string {
  if (ended) return say('Your session has ended: it ran out, or was ended from another device. Sign in to go on; nothing you wrote is lost.')
  return goesOn ? say('Sign in to go on where you were.') : say('Good to see you.')
}

import type { PasskeyAnswer } from '@jarvis/contracts/passkeys.ts'
import { useState } from 'react'
import { fieldsOf } from '#lib/fields-of.ts'
import { passkeysWorkHere } from '#lib/passkey-fault.ts'
import { ProblemError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { linkClass } from './back-to-sign-in.tsx'
import { PasskeyButton } from './passkey-button.tsx'
import { say } from '#words/say.ts'

type Props = {
  /** What may be shown. */
  factors: string[]
  busy: boolean
  error: Error | null
  onCode: (otp: string) => void
  onPasskey: (answer: PasskeyAnswer) => Promise<unknown>
  onBack: () => void
}

/** The second step of signing in: the code of the app, a passkey, or a recovery code. */
export function SignInCode({ factors, busy, error, onCode, onPasskey, onBack }: Props) {
  const hasPasskey = factors.includes('passkey') && passkeysWorkHere()
  const hasApp = factors.includes('totp')
  const [byRecovery, setByRecovery] = useState(!hasApp && !hasPasskey)
  const byPasskeyAlone = !hasApp && !byRecovery
  const kind = error instanceof ProblemError ? error.code : undefined
  // That a code is asked for is no fault.
  const fault = kind === 'otp_required' || !error ? undefined : kind === 'invalid_credentials' ? wrongCode(byRecovery) : messageOf(error)
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        onCode(fieldsOf(event.currentTarget, 'otp').otp)
      }}
    >
      {!byPasskeyAlone && (
        <>
          <Field
            key={String(byRecovery)}
            label={byRecovery ? say('Recovery code') : say('Code of your authenticator app')}
            name="otp"
            inputMode={byRecovery ? 'text' : 'numeric'}
            autoComplete={byRecovery ? 'off' : 'one-time-code'}
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={40}
            // The step before had the focus, and is gone.
            ref={(field) => field?.focus()}
            error={fault}
          />
          <Button type="submit" look="primary" className="h-11" busy={busy}>
            {say('Go on')}
          </Button>
        </>
      )}
      {hasPasskey && !byRecovery && (
        <PasskeyButton secondFactor {...(byPasskeyAlone && { look: 'primary' })} label={say('Use a passkey')} onAnswer={onPasskey} />
      )}
      <p className="flex flex-wrap gap-x-5">
        {(hasApp || hasPasskey) && (
          <button type="button" className={linkClass} onClick={() => setByRecovery(!byRecovery)}>
            {byRecovery ? (hasApp ? say('Use the app') : say('Use a passkey')) : say('Use a recovery code')}
          </button>
        )}
        <button type="button" className={linkClass} onClick={onBack}>
          {say('Sign in as somebody else')}
        </button>
      </p>
      {byRecovery && <p className="text-sm text-muted">{say('No code left? An administrator can take the second factor away.')}</p>}
    </form>
  )
}

const wrongCode = (byRecovery: boolean) =>
  byRecovery ? say('This code is not right, or was used already.') : say('This code is not right, or was used already. Wait for the next one.')

import { useState } from 'react'
import { fieldsOf } from '#lib/fields-of.ts'
import { ProblemError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { linkClass } from './back-to-sign-in.tsx'
import { say } from '#words/say.ts'

type Props = { busy: boolean; error: Error | null; onCode: (otp: string) => void; onBack: () => void }

/** The second step of signing in: the code of the app, or a recovery code. */
export function SignInCode({ busy, error, onCode, onBack }: Props) {
  const [byRecovery, setByRecovery] = useState(false)
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
      <p className="flex flex-wrap gap-x-5">
        <button type="button" className={linkClass} onClick={() => setByRecovery(!byRecovery)}>
          {byRecovery ? say('Use the app') : say('Use a recovery code')}
        </button>
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

import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { identityAsked } from '#lib/identity.ts'
import { passwordFault, secretFault } from '#lib/own-secret.ts'
import { useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { OwnName, OwnPassword } from '#ui/own-password.tsx'
import { ShowElsewhere } from './show-elsewhere.tsx'
import { ShowPasskey } from './show-passkey.tsx'
import { say } from '#words/say.ts'

/** Before something that would give the account away: the password once more, or a code, and then it goes on by itself. */
export function IdentityDialog() {
  const user = useUser()
  const [byCode, setByCode] = useState(false)
  const done = (isShown: boolean) => identityAsked.get()?.done(isShown)
  const show = useMutation({
    mutationFn: (body: { password: string } | { otp: string }) => call(endpoints.reauthenticate, { body }),
    onSuccess: () => done(true),
  })
  return (
    <Dialog title={say('Show that it is you')} onClose={() => done(false)}>
      <p className="text-muted">
        {say('For this your password, or a code of your authenticator app, is asked once more: you signed in more than ten minutes ago.')}
      </p>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          show.mutate(byCode ? fieldsOf(event.currentTarget, 'otp') : fieldsOf(event.currentTarget, 'password'))
        }}
      >
        <OwnName email={user?.email} />
        {byCode ? (
          <Field
            key="otp"
            label={say('Code, or recovery code')}
            name="otp"
            autoComplete="one-time-code"
            required
            maxLength={40}
            data-first-focus
            error={secretFault(show.error, () => say('This code is not right, or was used already.'))}
          />
        ) : (
          <OwnPassword error={passwordFault(show.error)} />
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button
            look="bare"
            className="me-auto"
            onClick={() => {
              show.reset()
              setByCode(!byCode)
            }}
          >
            {byCode ? say('Use the password') : say('Use a code')}
          </Button>
          <Button onClick={() => done(false)}>{say('Cancel')}</Button>
          <Button type="submit" look="primary" busy={show.isPending}>
            {say('Go on')}
          </Button>
        </div>
      </form>
      <ShowPasskey onShown={() => done(true)} />
      <ShowElsewhere />
    </Dialog>
  )
}

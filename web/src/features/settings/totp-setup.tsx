import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { TotpSecret } from '@jarvis/contracts/factors.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { passwordFault, secretFault } from '#lib/own-secret.ts'
import { useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { Field } from '#ui/field.tsx'
import { OwnName, OwnPassword } from '#ui/own-password.tsx'
import { KeepCodes } from './keep-codes.tsx'
import { say } from '#words/say.ts'

/** Password, picture and code, recovery codes: the three steps of an authenticator app. */
export function TotpSetup({ onDone }: { onDone: () => void }) {
  const [secret, setSecret] = useState<TotpSecret | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  if (codes) return <KeepCodes codes={codes} onDone={onDone} />
  return secret ? <ConfirmStep secret={secret} onConfirmed={setCodes} /> : <PasswordStep onShown={setSecret} />
}

function PasswordStep({ onShown }: { onShown: (secret: TotpSecret) => void }) {
  const user = useUser()
  const begin = useMutation({
    mutationFn: (body: { password: string }) => call(endpoints.beginTotp, { body }),
    onSuccess: onShown,
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        begin.mutate(fieldsOf(event.currentTarget, 'password'))
      }}
    >
      <p className="text-muted">{say('You need an app that shows codes, such as your password manager, on your phone or computer.')}</p>
      <OwnName email={user?.email} />
      <OwnPassword error={passwordFault(begin.error)} />
      <Button type="submit" look="primary" className="self-start" busy={begin.isPending}>
        {say('Go on')}
      </Button>
    </form>
  )
}

function ConfirmStep({ secret: { secret, uri, qrSvg }, onConfirmed }: { secret: TotpSecret; onConfirmed: (codes: string[]) => void }) {
  const confirm = useMutation({
    mutationFn: (body: { code: string }) => call(endpoints.confirmTotp, { body }),
    onSuccess: ({ recoveryCodes }) => onConfirmed(recoveryCodes),
  })
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        confirm.mutate(fieldsOf(event.currentTarget, 'code'))
      }}
    >
      <p className="text-muted">
        {say('Scan this picture with the app, or type the key into it.')}{' '}
        <a href={uri} className="text-accent underline decoration-accent-line underline-offset-4">
          {say('Open the app on this device')}
        </a>
      </p>
      <img
        src={`data:image/svg+xml,${encodeURIComponent(qrSvg)}`}
        alt={say('A QR code of the key below')}
        width={208}
        height={208}
        className="self-center rounded-lg bg-white p-2"
      />
      <p className="flex items-start gap-1 rounded-lg bg-sunken p-3">
        <span aria-label={say('Key')} role="group" className="min-w-0 grow font-mono text-[0.8125rem] [overflow-wrap:anywhere]">
          {secret.replaceAll(/.{4}(?=.)/g, '$& ')}
        </span>
        <CopyButton text={secret} label={say('Copy key')} />
      </p>
      <Field
        label={say('The code that the app shows')}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        maxLength={12}
        data-first-focus
        error={secretFault(confirm.error, () => say('This code is not right. Wait for the next one, and check the clock of your phone.'))}
      />
      <Button type="submit" look="primary" className="self-start" busy={confirm.isPending}>
        {say('Switch it on')}
      </Button>
    </form>
  )
}

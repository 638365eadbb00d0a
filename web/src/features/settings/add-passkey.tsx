import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { passkeyFault } from '#lib/passkey-fault.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { deviceName } from '#lib/device-name.ts'
import { KeepCodes } from './keep-codes.tsx'
import { say } from '#words/say.ts'

/** A name, what the device asks, and with the first factor recovery codes. */
export function AddPasskey({ onDone }: { onDone: () => void }) {
  const [codes, setCodes] = useState<string[] | null>(null)
  const add = useMutation({
    mutationFn: async (name: string) => {
      const { makePasskey } = await import('#lib/passkeys.ts')
      const made = await makePasskey(await call(endpoints.beginPasskey, {}))
      return await call(endpoints.addPasskey, { body: { ...made, name } })
    },
    onSuccess: ({ recoveryCodes }) => (recoveryCodes ? setCodes(recoveryCodes) : onDone()),
  })
  if (codes) return <KeepCodes codes={codes} onDone={onDone} />
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate(fieldsOf(event.currentTarget, 'name').name)
      }}
    >
      <p className="text-muted">{say('Your device, or a security key, asks for your finger, face or PIN, and signs you in from then on.')}</p>
      <Field
        label={say('Name of the passkey')}
        name="name"
        required
        maxLength={100}
        defaultValue={deviceName(navigator.userAgent)}
        data-first-focus
      />
      {add.error && <Notice look="danger">{passkeyFault(add.error)}</Notice>}
      <Button type="submit" look="primary" className="self-start" busy={add.isPending}>
        {say('Go on')}
      </Button>
    </form>
  )
}

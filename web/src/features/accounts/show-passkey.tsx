import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { passkeysWorkHere } from '#lib/passkey-fault.ts'
import { PasskeyButton } from './passkey-button.tsx'
import { say } from '#words/say.ts'

/** For who has a passkey. Nothing for everybody else. */
export function ShowPasskey({ onShown }: { onShown: () => void }) {
  const { data } = useQuery({ queryKey: ['factors'], queryFn: ({ signal }) => call(endpoints.factors, {}, signal) })
  if (!data?.passkeys || !passkeysWorkHere()) return null
  return (
    <PasskeyButton
      label={say('Show a passkey')}
      onAnswer={async (passkey) => {
        await call(endpoints.reauthenticate, { body: { passkey } })
        onShown()
      }}
    />
  )
}

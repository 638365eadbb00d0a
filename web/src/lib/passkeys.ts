import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { NewPasskey, PasskeyAnswer, PasskeyCreation } from '@jarvis/contracts/passkeys.ts'
import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { say } from '#words/say.ts'
import { PasskeyError } from './passkey-fault.ts'
import { request } from './request.ts'

/** Has the device sign, once the person has agreed to it. @throws PasskeyError, ProblemError */
export async function showPasskey(secondFactor: boolean): Promise<PasskeyAnswer> {
  const optionsJSON = await request(endpoints.beginPasskeySignIn, { body: { secondFactor } })
  return (await asked(() => startAuthentication({ optionsJSON }))) as PasskeyAnswer
}

/** @throws PasskeyError */
export const makePasskey = async (options: PasskeyCreation): Promise<NewPasskey> =>
  (await asked(() => startRegistration({ optionsJSON: options }))) as NewPasskey

async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    throw new PasskeyError(saidOf(error instanceof Error ? error.name : ''), { cause: error })
  }
}

/** Browsers keep to themselves whether somebody said no, or the device has none. */
function saidOf(name: string): string {
  if (name === 'InvalidStateError') return say('This device has a passkey for your account already.')
  if (name === 'SecurityError') return say('Passkeys do not work at this address: open Jarvis at its own address, as your administrator gave it.')
  return say('No passkey was shown: it was cancelled, took too long, or there is none on this device.')
}

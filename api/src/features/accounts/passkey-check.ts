import type { NewPasskey, PasskeyAnswer, PasskeyCreation, PasskeyRequest } from '@jarvis/contracts/passkeys.ts'
import { isIP } from 'node:net'
import { z } from 'zod'
import { parseObject } from '#lib/parse-object.ts'

/** EdDSA, ES256, RS256. Given at every call: the library would offer others first that another runtime cannot verify. */
const algorithms = [-8, -7, -257]
export const answerWithinSeconds = 300

/** It is big, and most processes never need it. */
const webAuthn = () => import('@simplewebauthn/server')

export type KnownPasskey = { credentialId: string; publicKey: Uint8Array; transports: string[]; userHandle: string }
export type CheckedPasskey = { counter: number; isBackedUp: boolean }

const ClientData = z.object({ challenge: z.string().min(1).max(200) })

/** The challenge that a device says it has answered. Null where it cannot be read. */
export function challengeOf(clientDataJson: string): string | null {
  const read = ClientData.safeParse(parseObject(Buffer.from(clientDataJson, 'base64url').toString()))
  return read.success ? read.data.challenge : null
}

/** What WebAuthn asks of an address: a name, and https unless it is this machine. */
export function passkeysWorkAt(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  return isLocal || (protocol === 'https:' && isIP(hostname) === 0 && !hostname.startsWith('['))
}

/** WebAuthn for one address: its host is whom passkeys are made for, its origin is where they may be used. */
export function createPasskeyCheck(publicUrl: string) {
  const { origin, hostname } = new URL(publicUrl)

  return {
    request: (challenge: string, purpose: 'alone' | 'second'): PasskeyRequest => ({
      challenge,
      rpId: hostname,
      timeout: answerWithinSeconds * 1000,
      userVerification: purpose === 'alone' ? 'required' : 'discouraged',
    }),

    creation: (challenge: string, user: { handle: string; email: string; name: string }, known: KnownPasskey[]): PasskeyCreation => ({
      challenge,
      rp: { id: hostname, name: 'Jarvis' },
      user: { id: user.handle, name: user.email, displayName: user.name },
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      timeout: answerWithinSeconds * 1000,
      attestation: 'none',
      excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, type: 'public-key', transports })),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
    }),

    /** Null where it is no passkey that was made here for this challenge. */
    async made(answer: NewPasskey, challenge: string): Promise<(CheckedPasskey & Omit<KnownPasskey, 'userHandle'>) | null> {
      const { verifyRegistrationResponse } = await webAuthn()
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response: { ...answer, ...library(answer), response: { ...answer.response, transports: answer.response.transports } },
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: hostname,
          requireUserVerification: false,
          supportedAlgorithmIDs: algorithms,
        })
        if (!verified) return null
        const { credential, credentialBackedUp } = registrationInfo
        const { id, publicKey, counter, transports = [] } = credential
        return { credentialId: id, publicKey, counter, transports, isBackedUp: credentialBackedUp }
      } catch {
        return null
      }
    },

    /** Null where it is not signed by this passkey, here, for this challenge. The counter is the caller's to compare. */
    async answered(answer: PasskeyAnswer, challenge: string, known: KnownPasskey): Promise<(CheckedPasskey & { isVerified: boolean }) | null> {
      const { userHandle } = answer.response
      // The library does not compare it.
      if (userHandle !== known.userHandle) return null
      const { verifyAuthenticationResponse } = await webAuthn()
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response: { ...answer, ...library(answer), response: { ...answer.response, userHandle } },
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: hostname,
          requireUserVerification: false,
          credential: { id: known.credentialId, publicKey: new Uint8Array(known.publicKey), counter: 0, transports: known.transports },
        })
        // A wrong signature is not thrown.
        if (!verified) return null
        const { newCounter, credentialBackedUp, userVerified } = authenticationInfo
        return { counter: newCounter, isBackedUp: credentialBackedUp, isVerified: userVerified }
      } catch {
        return null
      }
    },
  }
}

/** What the library wants to be there, and nothing of ours depends on. */
const library = ({ type }: { type: 'public-key' }) => ({ type, clientExtensionResults: {}, authenticatorAttachment: undefined })

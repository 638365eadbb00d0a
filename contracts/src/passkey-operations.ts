import * as example from './examples.ts'
import type { Operation } from './operations.ts'
import type { passkeyEndpoints } from './passkey-endpoints.ts'

const challenge = 'u7Jm0cRz0o5p1C8sXn6YbH3kq0Vb3cT6cOQm0Xb1uH2'
const passkey = {
  id: '01997c1e-7f50-7000-8000-00000000a501',
  name: 'Ada’s phone',
  isBackedUp: true,
  createdAt: '2026-03-02T09:30:00.000Z',
  lastUsedAt: null,
}
const credential = { id: 'pRb5nGpQ2L0c7w', rawId: 'pRb5nGpQ2L0c7w', type: 'public-key' as const }

const passkeyAnswer = {
  ...credential,
  response: { clientDataJSON: 'eyJ0eXBlIjoi', authenticatorData: 'SZYN5YgOjGh0', signature: 'MEUCIQDx', userHandle: 'q0Vb3cT6cOQm' },
}

export const passkeyOperations: { [Name in keyof typeof passkeyEndpoints]: Operation<(typeof passkeyEndpoints)[Name]> } = {
  passkeys: { summary: 'List one’s passkeys', answer: { items: [passkey], nextCursor: null } },
  beginPasskey: {
    summary: 'Begin to add a passkey',
    answer: {
      challenge,
      rp: { id: 'jarvis.example.org', name: 'Jarvis' },
      user: { id: 'q0Vb3cT6cOQm', name: 'ada@example.org', displayName: 'Ada Lovelace' },
      pubKeyCredParams: [{ type: 'public-key', alg: -8 }],
      timeout: 300_000,
      attestation: 'none',
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
    },
  },
  addPasskey: {
    summary: 'Add a passkey',
    body: { ...credential, name: passkey.name, response: { clientDataJSON: 'eyJ0eXBlIjoi', attestationObject: 'o2NmbXRkbm9uZQ' } },
    answer: { ...passkey, recoveryCodes: ['k3m9x-7tq2p', 'w8r4d-0hn5c'] },
  },
  renamePasskey: { summary: 'Rename a passkey', body: { name: 'Ada’s laptop' }, answer: { ...passkey, name: 'Ada’s laptop' } },
  removePasskey: { summary: 'Remove a passkey' },
  beginPasskeySignIn: {
    summary: 'Begin to show a passkey',
    isLimited: true,
    answer: { challenge, rpId: 'jarvis.example.org', timeout: 300_000, userVerification: 'required' },
  },
  signInByPasskey: { summary: 'Sign in by a passkey', isLimited: true, body: passkeyAnswer, answer: example.signedIn },
}

import type { factorEndpoints } from './factors.ts'
import type { Operation } from './operations.ts'

export const factorOperations: { [Name in keyof typeof factorEndpoints]: Operation<(typeof factorEndpoints)[Name]> } = {
  factors: {
    summary: 'Show which second factors one has',
    answer: { totp: true, passkeys: 1, recoveryCodesLeft: 9, isRequired: false },
  },
  beginTotp: {
    summary: 'Begin to set up an authenticator app',
    body: { password: 'correct horse battery' },
    answer: {
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      uri: 'otpauth://totp/Jarvis:ada%40example.org?issuer=Jarvis&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
      qrSvg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 164 164">…</svg>',
    },
  },
  confirmTotp: {
    summary: 'Confirm the authenticator app by a code',
    body: { code: '287082' },
    answer: { recoveryCodes: ['k3m9x-7tq2p', 'w8r4d-0hn5c'] },
  },
  endTotp: { summary: 'Switch the authenticator app off', body: { password: 'correct horse battery' } },
  renewRecoveryCodes: {
    summary: 'Make new recovery codes',
    body: { password: 'correct horse battery' },
    answer: { recoveryCodes: ['k3m9x-7tq2p', 'w8r4d-0hn5c'] },
  },
}

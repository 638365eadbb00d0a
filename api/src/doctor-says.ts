/** Of a certificate that nobody known has signed. */
const unknownAuthority = /^(SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF))/

/** What the doctor prints of a check that failed: `fetch` alone says only that it did, and keeps the reason behind it. */
export function sayFailure(name: string, error: unknown, advice: string): string {
  if (!(error instanceof Error)) return `✗ ${name}: ${String(error)}\n  ${advice}`
  const { message = '', code = '' } = (error.cause ?? {}) as { message?: string; code?: string }
  // An error of several addresses has a code and no message.
  const why = message || code
  const said = why === '' || error.message.includes(why) ? error.message : `${error.message.replace(/\.$/, '')}: ${why}`
  const ours = unknownAuthority.test(code)
    ? '\n  If an authority of your own signs it, NODE_EXTRA_CA_CERTS in the environment names its PEM file.'
    : ''
  return `✗ ${name}: ${said}\n  ${advice}${ours}`
}

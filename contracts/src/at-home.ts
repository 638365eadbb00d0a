/** Names and addresses that no provider on the internet has. */
const homeNames = /^[^.[]+$|\.(?:localhost|local|internal|lan|home\.arpa)$/
const homeAddresses =
  /^(?:127|10)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^\[(?:::1|f[cd][0-9a-f]{2}:|fe80:)/

/** Whether a server is on this machine or in a network of one's own: there a model costs nothing unless somebody says so. */
export function isAtHome(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl)
  return homeNames.test(hostname) || homeAddresses.test(hostname)
}

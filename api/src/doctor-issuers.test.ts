import { expect, test } from 'vitest'
import { freePort } from '../test/engines/free-port.ts'
import { startIssuer } from '../test/issuer.ts'
import { tryIssuer } from './doctor-issuers.ts'
import { providerOfSettings } from '#ports/identity/identity-file.ts'

const none = { proxies: { http: undefined, https: undefined, none: '' }, publicUrl: 'http://127.0.0.1:9' }

test('the doctor says that an issuer answers, or why it does not', async () => {
  await using running = await startIssuer({ id: 'jarvis', secret: 's', publicUrl: 'http://127.0.0.1:9' })
  const settings = { clientId: 'jarvis', clientSecret: 's', name: 'Test', scopes: undefined, groupsClaim: undefined, roles: {}, plans: {} }
  const said = (issuer: string) => tryIssuer(providerOfSettings({ ...settings, issuer }), none).catch((error: Error) => `✗ ${error.message}`)
  expect(await said(running.issuer)).toBe(`${running.issuer} answers`)
  expect(await said(`http://127.0.0.1:${await freePort()}`)).toMatch(/^✗ fetch failed: .*ECONNREFUSED/)
  expect(await said(`${running.issuer}/elsewhere`)).toMatch(/^✗ unexpected HTTP response status code/)
  expect(await said(running.issuer.replace('127.0.0.1', 'localhost'))).toMatch(/^✗ .*issuer/i)
})

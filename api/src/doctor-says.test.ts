import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetch } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { sayFailure } from './doctor-says.ts'

const saying = async (url: string) => sayFailure('Models', await fetch(url).catch((error: unknown) => error), 'Check it.')

test('a server whose certificate nobody known has signed: the reason, and where one’s own authority is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const files = ['-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...files], { stdio: 'ignore' })
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }).listen(0, 'localhost')
  await once(server, 'listening')
  const said = await saying(`https://localhost:${(server.address() as AddressInfo).port}/v1/models`)
  server.close()
  expect(said).toMatch(/^✗ Models: fetch failed: self-signed certificate.*\n {2}Check it\.\n {2}.*NODE_EXTRA_CA_CERTS/)
})

test('nobody there, and what is no error', async () => {
  const server = createTcp().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  expect(await saying(`http://localhost:${port}`)).toMatch(/^✗ Models: fetch failed: .*ECONNREFUSED.*\n {2}Check it\.$/)
  expect(sayFailure('Models', 'no', 'Check it.')).toBe('✗ Models: no\n  Check it.')
  const twice = new Error('status 401', { cause: new Error('status 401') })
  expect(sayFailure('Models', twice, 'Check it.')).toBe('✗ Models: status 401\n  Check it.')
})

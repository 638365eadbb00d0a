import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../engines/free-port.ts'
import { until } from './cluster.ts'
import { trustNewCertificate } from './nginx.ts'

const script = fileURLToPath(new URL('../../../deploy/nginx/install.sh', import.meta.url))
const compose = readFileSync(new URL('../../../deploy/compose.yaml', import.meta.url), 'utf8')

test('on a machine of its own, nginx starts as a service does, logs, and goes on logging after a reload', async () => {
  const behind = createServer((_request, response) => void response.end('{}'))
  await once(behind.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void behind.close())
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-nginx-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o711)
  trustNewCertificate(folder)
  writeFileSync(join(folder, 'nginx.conf'), '# what the distribution had\n')
  const httpsPort = String(await freePort())
  const env = {
    PATH: process.env.PATH,
    SERVER_NAME: 'localhost',
    HTTP_PORT: String(await freePort()),
    HTTPS_PORT: httpsPort,
    TLS_CERTIFICATE: join(folder, 'tls.crt'),
    TLS_KEY: join(folder, 'tls.key'),
    UPSTREAM_SERVERS: `server 127.0.0.1:${(behind.address() as AddressInfo).port} max_fails=1 fail_timeout=1s;`,
    LOG_FOLDER: folder,
    PID_FILE: join(folder, 'pid'),
    TEMPORARY_FOLDER: folder,
  }
  execFileSync('sh', [script, folder], { env, stdio: 'pipe' })
  expect(readFileSync(join(folder, 'nginx.conf.before'), 'utf8')).toBe('# what the distribution had\n')

  // Its output is a socket here, as systemd gives one.
  const nginx = (...args: string[]) => execFileSync('nginx', ['-c', join(folder, 'nginx.conf'), '-g', 'daemon on; master_process on;', ...args])
  nginx()
  onTestFinished(async () => {
    nginx('-s', 'stop')
    await until(() => !existsSync(env.PID_FILE))
  })
  const logged = () => readFileSync(join(folder, 'access.log'), 'utf8')
  const ask = async (path: string) => {
    expect((await fetch(`https://localhost:${httpsPort}${path}`)).status).toBe(200)
    await until(() => logged().includes(`"path":"${path}"`))
  }
  await ask('/api/v1/before')
  nginx('-s', 'reload')
  await ask('/api/v1/after')
})

test('its limits are those of Compose', () => {
  const limits = Array.from(compose.matchAll(/^ +([A-Z_]+(?:_SECOND|_BURST|_ADDRESS)): \$\{\1:-(\d+)\}$/gm), ([, name, value]) => `${name}:-${value}`)
  expect(limits).toHaveLength(6)
  for (const limit of limits) expect(readFileSync(script, 'utf8')).toContain(`\${${limit}}`)
})

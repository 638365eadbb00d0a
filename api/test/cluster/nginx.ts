import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { freePort } from '../engines/free-port.ts'
import { startProgram } from '../engines/program.ts'
import { until } from './cluster.ts'

const deployed = fileURLToPath(new URL('../../../deploy/nginx', import.meta.url))

/** Directives differ by version; the one that is installed decides. */
function http2Settings() {
  const [, major, minor, patch] = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr)!
  const isNew = Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch) >= 1_025_001
  return isNew ? { HTTP2_PARAMETER: '', HTTP2_DIRECTIVE: 'http2 on;' } : { HTTP2_PARAMETER: 'http2', HTTP2_DIRECTIVE: '' }
}

/** The real nginx with the configuration of deploy/nginx before these processes, and a certificate that this test process trusts. */
export async function startNginx({
  httpsPort,
  upstreams,
  settings = {},
}: {
  httpsPort: number
  upstreams: string[]
  settings?: Record<string, string>
}) {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-nginx-'))
  // Started by root, its workers are nobody, and write long bodies to a folder in here.
  chmodSync(folder, 0o711)
  const httpPort = await freePort()
  trustNewCertificate(folder)
  const variables: Record<string, string> = {
    SERVER_NAME: 'localhost',
    HTTP_PORT: String(httpPort),
    HTTPS_PORT: String(httpsPort),
    TLS_CERTIFICATE: join(folder, 'tls.crt'),
    TLS_KEY: join(folder, 'tls.key'),
    UPSTREAM_SERVERS: upstreams.map((url) => `server ${new URL(url).host} max_fails=1 fail_timeout=1s;`).join(' '),
    RESOLVER: '',
    PUBLIC_PORT: `:${httpsPort}`,
    REQUESTS_PER_SECOND: '1000',
    REQUESTS_BURST: '1000',
    REQUESTS_AT_ONCE_PER_ADDRESS: '1000',
    SOCKETS_PER_ADDRESS: '1000',
    SIGN_INS_PER_SECOND: '1000',
    SIGN_INS_BURST: '1000',
    ...http2Settings(),
    ...settings,
  }
  cpSync(deployed, folder, { recursive: true })
  mkdirSync(join(folder, 'conf.d'))
  const template = readFileSync(join(folder, 'templates/jarvis.conf.template'), 'utf8')
  writeFileSync(
    join(folder, 'conf.d/jarvis.conf'),
    template.replaceAll(/\$\{([A-Z0-9_]+)\}/g, (_match, name: string) => variables[name]!),
  )
  const main = join(folder, 'nginx.conf')
  writeFileSync(main, readFileSync(main, 'utf8').replaceAll('/tmp/', `${folder}/`))

  const log = openSync(join(folder, 'log'), 'a')
  const child = startProgram('nginx', ['-c', main, '-g', 'daemon off;'], { output: log })
  const readLog = () => readFileSync(join(folder, 'log'), 'utf8')
  await until(() => {
    if (child.exitCode !== null) throw new Error(`nginx does not start: ${readLog()}`)
    return accepts(httpsPort)
  })
  return {
    url: `https://localhost:${httpsPort}`,
    httpUrl: `http://localhost:${httpPort}`,
    log: readLog,
    /** As `nginx -s reload` does; resolves when workers of the new configuration have taken over. */
    async reload() {
      const before = workersOf(child)
      child.kill('SIGHUP')
      await until(() => workersOf(child).some((pid) => !before.includes(pid)) && accepts(httpsPort))
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        const exited = once(child, 'exit')
        child.kill('SIGTERM')
        await exited
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function trustNewCertificate(folder: string): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', ...subject, ...files], {
    stdio: 'ignore',
  })
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(join(folder, 'tls.crt'), 'utf8')])
}

const workersOf = ({ pid }: ChildProcess) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const opened = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
  socket.destroy()
  return opened
}

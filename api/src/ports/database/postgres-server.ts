import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '#lib/app-error.ts'
import type { Engine } from '#ports/children/engine.ts'
import { commandLine, processesIn, signalProcess } from '#ports/children/process-id.ts'
import { type Account, chooseAccount, handOver, handOverAll } from './postgres-account.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { quietSettings } from './quiet-settings.ts'

const startMaxMs = 60_000
const stopMaxMs = 15_000
const socketPathBytesMax = 107
// Nothing of our own environment: PGPORT, PGDATA and their like change what the server does.
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', TZ: 'UTC' }

/** The server of one data folder: `folder/data`, its socket and its log. */
export async function createPostgresServer(folder: string, onProgress: (line: string) => void): Promise<Engine & { socketFolder(): string }> {
  const binaries = await findPostgresBinaries()
  const data = join(folder, 'data')
  const log = join(folder, 'log')

  const isRunning = () => runningPid(data) !== undefined
  const start = async () => {
    // One that is up without serving, after a minute, is beyond waiting.
    await stop(data)
    const account = await chooseAccount(data, [binaries.postgres, folder])
    if (!existsSync(join(data, 'PG_VERSION'))) {
      onProgress('Making a new database')
      await initialise(binaries.initdb, folder, account)
    }
    await handOverAll(account, data)
    const socket = await makeSocketFolder(folder, account)
    await clearAfterCrash(data, socket)
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${socket}`,
      'max_connections=100',
      'shared_buffers=64MB',
      'jit=off',
      'log_checkpoints=off',
      'timezone=UTC',
      ...quietSettings,
    ]
    const child = await launch(account, binaries.postgres, ['-D', data, '-p', '5432', ...settings.flatMap((setting) => ['-c', setting])], log)
    if (await isReady(data, () => child.exitCode === null && child.signalCode === null)) return
    await stop(data)
    throw await failure('The bundled PostgreSQL does not start', log)
  }

  const answers = () => isReady(data, isRunning)
  return {
    name: 'PostgreSQL',
    folder,
    isRunning,
    answers,
    start,
    stop: () => stop(data),
    socketFolder: () => pidFile(data)?.[4] ?? join(folder, 'socket'),
  }
}

function pidFile(data: string): string[] | undefined {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return undefined
  }
}

function runningPid(data: string): number | undefined {
  const pid = Number(pidFile(data)?.[0])
  return pid && commandLine(pid)?.includes(data) ? pid : undefined
}

async function isReady(data: string, isAlive: () => boolean): Promise<boolean> {
  const deadline = Date.now() + startMaxMs
  while (isAlive() && Date.now() < deadline) {
    if (pidFile(data)?.[7]?.trim() === 'ready') return true
    await sleep(20)
  }
  return false
}

async function stop(data: string): Promise<void> {
  const pid = runningPid(data)
  if (!pid) return
  // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, which recovers at the next start.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    signalProcess(pid, signal)
    const deadline = Date.now() + stopMaxMs
    // Not by the pid file: the server removes it a moment before it ends.
    const isAlive = () => commandLine(pid)?.includes(data)
    while (isAlive() && Date.now() < deadline) await sleep(10)
    if (!isAlive()) return
  }
}

/**
 * Removes the pid files of a server that is gone: PostgreSQL would take a zombie, or another process that has its number
 * by now, for it. They also guard against the killed server's workers, so these have to be gone first.
 */
async function clearAfterCrash(data: string, socket: string): Promise<void> {
  const deadline = Date.now() + stopMaxMs
  for (let workers = await processesIn(data); workers.length > 0; workers = await processesIn(data)) {
    if (Date.now() > deadline) for (const pid of workers) signalProcess(pid, 'SIGKILL')
    await sleep(20)
  }
  await rm(join(data, 'postmaster.pid'), { force: true })
  await rm(join(socket, '.s.PGSQL.5432.lock'), { force: true })
}

/** In a folder of its own that is renamed when it is whole, so that a kill in the middle leaves nothing half made. */
async function initialise(initdb: string, folder: string, account: Account): Promise<void> {
  for (const name of await readdir(folder)) if (name.startsWith('new-')) await rm(join(folder, name), { recursive: true, force: true })
  const fresh = await mkdtemp(join(folder, 'new-'))
  await handOver(account, fresh)
  const log = join(folder, 'log')
  const child = await launch(account, initdb, ['-D', fresh, '-U', 'jarvis', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'], log)
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw await failure('The bundled PostgreSQL cannot make its database', log)
  await rename(fresh, join(folder, 'data'))
}

async function launch(account: Account, command: string, args: string[], log: string): Promise<ChildProcess> {
  await using output = await open(log, 'a', 0o600)
  const [executable, ...rest] = [...account.prefix, command, ...args] as [string, ...string[]]
  // A session of its own: Ctrl-C in our terminal must not reach it before we have closed our connections.
  const child = spawn(executable, rest, { ...account.ids, cwd: '/', env: environment, detached: true, stdio: ['ignore', output.fd, output.fd] })
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject)).catch((error: unknown) => {
    throw new AppError('unavailable', `Cannot run ${executable}: set DATABASE_URL to a PostgreSQL 16 or newer.`, { cause: error })
  })
  child.unref()
  return child
}

async function makeSocketFolder(folder: string, account: Account): Promise<string> {
  const short = `jarvis-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  const candidates = [join(folder, 'socket'), join(tmpdir(), short), join('/tmp', short)]
  const socket = candidates.find((candidate) => Buffer.byteLength(`${candidate}/.s.PGSQL.5432`) <= socketPathBytesMax)!
  await mkdir(socket, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  // In a shared /tmp another user could have made it first, to be asked in the server's place.
  const { uid, mode } = await stat(socket)
  const isOurs = [process.getuid?.(), account.ids?.uid].includes(uid) && (mode & 0o077) === 0
  if (!isOurs && dirname(socket) !== folder) {
    throw new AppError('unavailable', `${socket} belongs to another user: remove it, or set DATA_DIR to a shorter path.`)
  }
  await handOver(account, socket)
  return socket
}

async function failure(what: string, log: string): Promise<AppError> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-5)
  return new AppError('unavailable', `${what}; see ${log}: ${lines.at(-1) ?? ''}`, { cause: new Error(lines.join('\n')) })
}

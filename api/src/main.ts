import cluster from 'node:cluster'
import { createServer } from 'node:net'
import { AppError } from '#lib/app-error.ts'
import { createLog } from '#lib/log.ts'
import { holdForLife } from '#ports/children/lock.ts'
import { createApp } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { superviseProcesses } from './processes.ts'

/** Beyond the drain. */
const stopMsMax = 20_000

/** People read stderr; stdout is for the log. */
const tell = (line: string) => process.stderr.write(`${line}\n`)

try {
  const config = readConfig()
  // Before anything is started: another Jarvis on this port must not lose its engines to us.
  if (cluster.isPrimary) {
    await requireFreePort(config)
    await requireOwnFolder(config)
  }
  if (cluster.isPrimary && config.processes > 1) superviseProcesses(config)
  else await serve(config)
} catch (error) {
  for (const line of explain(error)) tell(`  ✗ ${line}`)
  process.exit(1)
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const app = await createApp(config, { onProgress: (line) => tell(`  ✓ ${line}`), log })
  let stopping = false

  async function stop(why: string, exitCode: number): Promise<void> {
    if (stopping) return
    stopping = true
    log.info({ why }, 'stopping')
    setTimeout(() => process.exit(1), stopMsMax + config.drainSeconds * 1000).unref()
    await app[Symbol.asyncDispose]()
    process.exit(exitCode)
  }
  const stopFor = (why: string, exitCode = 0) =>
    void stop(why, exitCode).catch((error: unknown) => (log.error({ err: error }, 'stopping failed'), process.exit(1)))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopFor(signal))
  process.on('disconnect', () => stopFor('the process that started it is gone'))
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception')
    stopFor('a bug', 1)
  })
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))

  const url = await app.listen().catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([describePort(error, config.host, config.port)])
  })
  log.info({ url }, 'ready')
  tell(`\n  Jarvis is ready: ${url}\n`)
}

/** What is kept in process, limits and events above all, cannot be shared: several servers on one folder need Redis. */
async function requireOwnFolder({ dataDir, databaseUrl, redisUrl }: Config): Promise<void> {
  if (databaseUrl || redisUrl || (await holdForLife(`server of ${dataDir}`))) return
  throw new ConfigError([`DATA_DIR: another Jarvis runs on ${dataDir}. Stop it, or set REDIS_URL for both, so that they share limits and events.`])
}

function requireFreePort({ host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new ConfigError([describePort(error, host, port)])))
    probe.listen({ host, port }, () => probe.close(() => resolve()))
  })
}

function describePort({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `PORT: ${port} on ${host} is in use. Stop what uses it, or set PORT to another one.`
  if (code === 'EACCES') return `PORT: ${port} needs rights that this user does not have. Choose one above 1023.`
  return `HOST: cannot listen on ${host}:${port} (${message})`
}

function explain(error: unknown): string[] {
  if (error instanceof ConfigError) return error.faults
  if (error instanceof AppError) return [error.message]
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
}

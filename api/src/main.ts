import cluster from 'node:cluster'
import { AppError } from '#lib/app-error.ts'
import '#lib/plain-issues.ts'
import { describeError, sayError } from '#lib/describe-error.ts'
import { createLog } from '#lib/log.ts'
import { createApp } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { keepLogsSmall } from './keep-logs-small.ts'
import { describePort, requireFreePort, requireOwnFolder, requirePlaceForFiles } from './preflight.ts'
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
    await requirePlaceForFiles(config)
    keepLogsSmall(config.dataDir)
  }
  if (cluster.isPrimary && config.processes > 1) superviseProcesses(config)
  else await serve(config)
} catch (error) {
  for (const line of explain(error)) tell(`  ✗ ${line}`)
  process.exit(1)
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const app = await createApp(config, { onProgress: (line, isWell = true) => tell(`  ${isWell ? '✓' : '!'} ${line}`), log })
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
  app.warm().catch((error: unknown) => log.error({ err: error }, 'warming up failed'))
  tell(`\n  Jarvis is ready: ${url}\n`)
}

function explain(error: unknown): string[] {
  if (error instanceof ConfigError) return error.faults
  if (error instanceof AppError) return [error.message]
  const { stack } = describeError(error)
  return [stack ? `${sayError(error)}\n${stack}` : sayError(error)]
}

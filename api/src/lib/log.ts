import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'

export type Log = Logger

/** One JSON line per event on stdout, or into `destination`. Errors are logged with their cause; headers, bodies and message text never are. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  }
  return destination ? pino(options, destination) : pino(options)
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return { name: error.name, code, message: firstLine(error.message), stack: error.stack, cause: error.cause && describeError(error.cause) }
}

/** Database drivers append the failing query and its parameters, which may be a person's words. */
const firstLine = (message: string) => message.split('\n', 1)[0]

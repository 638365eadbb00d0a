import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { currentRequestId } from './request-context.ts'
import { describeError } from './describe-error.ts'

export type Log = Logger

/** On a log whose lines name their request already. */
const isNamed = Symbol('isNamed')
export const named = <Child extends object>(log: Child): Child => Object.assign(log, { [isNamed]: true })

/** One JSON line per event on stdout, or into `destination`. Errors are logged with their cause; headers, bodies and message text never are. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Beside what a line says itself: every line of one turn has it, in whatever process. A line says it once.
    mixin(_said, _level, log) {
      const requestId = isNamed in log ? undefined : currentRequestId()
      return requestId === undefined ? {} : { requestId }
    },
    // Libraries log what they were given, through the log of the request.
    redact: { paths: ['headers', '*.headers'], remove: true },
    serializers: { err: (error: unknown) => describeError(error) },
  }
  return destination ? pino(options, destination) : pino(options)
}

import { AppError } from './app-error.ts'

type Failure = { code?: unknown; message?: unknown; syscall?: unknown; cause?: unknown }

// What a server says, or its address, while it is away or on its way up.
const away = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', '57P03', '53300'])
/** PostgreSQL: shut down, connection lost, a standby or read-only server, no memory. */
const awayClasses = /^(57P0[12]|08\d{3}|25006|53200|53400)$/
/** What pg says without a code. */
const awayMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (has encountered a connection error|was closed))/
/** PostgreSQL's disk_full; the system's own, and its quota's. */
const full = new Set(['53100', 'ENOSPC', 'EDQUOT'])
/** PostgreSQL: cancelled because it took too long, no lock in time, in each other's way. It is not away. */
const busy = new Set(['57014', '55P03', '40001', '40P01'])

/** Whether a server that refused a connection in this way may take one in a moment. */
const isComingUp = (failure: Failure): boolean =>
  away.has(String(failure.code)) || (failure.code === 'ENOENT' && failure.syscall === 'connect') || awayMessages.test(String(failure.message))

/** Whether a disk is full, be it the database's or ours. */
export const isStorageFull = (error: unknown): boolean => causesOf(error).some(({ code }) => full.has(String(code)))

export const isBusy = (error: unknown): boolean => causesOf(error).some(({ code }) => busy.has(String(code)))

/**
 * Whether a statement failed because the database is away, or cannot write, for the moment, and has changed nothing. A commit whose answer was
 * lost also looks like this: repeat only what may be done twice.
 */
export function isDatabaseOutage(error: unknown): boolean {
  return isStorageFull(error) || causesOf(error).some((failure) => isComingUp(failure) || awayClasses.test(String(failure.code)))
}

/** Drizzle and pg's own pool wrap what happened. What has a code of ours already is not looked into: it may be a provider that is away. */
function causesOf(error: unknown): Failure[] {
  const causes: Failure[] = []
  for (let at = error; at && typeof at === 'object' && !(at instanceof AppError) && causes.length < 8; at = (at as Failure).cause) causes.push(at)
  return causes
}

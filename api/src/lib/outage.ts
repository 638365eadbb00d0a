// What a server says, or its address, while it is on its way up.
const comingUp = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', '57P03', '53300'])

/** Whether a server that refused a connection in this way may take one in a moment. */
export const isComingUp = (code: string | undefined): boolean => code !== undefined && comingUp.has(code)

/**
 * Whether a statement failed because the database is away for the moment, and has changed nothing. A commit whose answer was lost also looks
 * like this: repeat only what may be done twice.
 */
export function isDatabaseOutage(error: unknown): boolean {
  // Drizzle wraps the driver's error.
  const { code, message } = ((error as Error | undefined)?.cause ?? error ?? {}) as { code?: string; message?: string }
  return (
    isComingUp(code) ||
    /^(57P0[123]|08\d{3}|EPIPE)$/.test(code ?? '') ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(message ?? '')
  )
}

import type { Socket } from 'node:net'
import type { Client } from 'pg'

/** A connection that does not answer within this is given up. */
export const answerMs = 2000
const heartbeatMs = 5000

/** The answer, or the end of the connection: what waits on it then fails, and its owner opens another. */
export async function answered<Answer>(client: Client, answer: Promise<Answer>): Promise<Answer> {
  const late = setTimeout(() => giveUp(client), answerMs)
  try {
    return await answer
  } finally {
    clearTimeout(late)
  }
}

/** pg's own `end` says goodbye first, and waits for the answer. */
export function giveUp(client: Client): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.destroy(Object.assign(new Error('The database does not answer.'), { code: 'ETIMEDOUT' }))
}

/** A half-open connection that only listens delivers nothing and reports nothing: it is found out by asking. */
export function startHeartbeat(client: Client, onError: (error: unknown) => void): void {
  // pg takes no query any more from when its end is asked for; the event comes later.
  const isEnding = () => (client as unknown as { _ending: boolean })._ending
  const beat = () => void answered(client, client.query('select 1')).catch((error: unknown) => isEnding() || onError(error))
  const beating = setInterval(() => isEnding() || beat(), heartbeatMs).unref()
  client.once('end', () => clearInterval(beating))
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { isDatabaseOutage } from '#lib/outage.ts'

const betweenTriesMs = 250

/**
 * Does what a start needs on a connection of its own. A server that is on its way up or down is waited for: the work then begins again on
 * another connection, so it must be such as may be done twice.
 */
export async function onceServed<Result>(connection: ClientConfig, work: (client: Client) => Promise<Result>, msMax = 10_000): Promise<Result> {
  const deadline = Date.now() + msMax
  for (;;) {
    const client = new Client({ ...connection, keepAlive: true, connectionTimeoutMillis: 5_000 })
    // One that breaks between two statements is the next statement's failure, and not the process's.
    client.on('error', () => {})
    try {
      await client.connect()
      return await work(client)
    } catch (error) {
      if (!isDatabaseOutage(error) || Date.now() > deadline) throw error
    } finally {
      await client.end()
    }
    await sleep(betweenTriesMs)
  }
}

import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestApp } from './test-app.ts'

/** What `main.ts` gives a stop beyond its drain; a socket that answers no close lasts longer by itself. */
const stopMsMax = 20_000

test('a phone that fell asleep with its page open does not hold up a stop', async () => {
  const app = await startTestApp()
  const asleep = new WebSocket(`${app.url.replace('http', 'ws')}/api/v1/ws`, ['jarvis.v1'])
  asleep.on('error', () => undefined)
  await once(asleep, 'open')
  asleep.pause()
  const stopped = app[Symbol.asyncDispose]().then(() => 'stopped')
  expect(await Promise.race([stopped, wait(stopMsMax, 'still there', { ref: false })])).toBe('stopped')
  asleep.terminate()
  await stopped
})

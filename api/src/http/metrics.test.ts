import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { registerMetrics } from './metrics.ts'
import type { Server } from './server.ts'

test('a figure that cannot be read now is unknown, and takes no other along', async () => {
  const app = Fastify() as unknown as Server
  registerMetrics(app, {
    gauges: {
      away: { help: 'Away', read: () => Promise.reject(new Error('The database is away')), over: 'sum' },
      here: { help: 'Here', read: async () => 7, over: 'sum' },
    },
  })
  const { statusCode, body } = await app.inject('/metrics')
  expect(statusCode).toBe(200)
  expect(body).toMatch(/^jarvis_away NaN$/im)
  expect(body).toMatch(/^jarvis_here 7$/m)
})

import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import fastify from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { endSlowRequests, requestMsMax } from './slow-requests.ts'

test('a request that does not come in time is ended, but on a route that bounds it itself', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const app = fastify()
  onTestFinished(() => app.close())
  endSlowRequests(app)
  const begun: string[] = []
  app.addHook('onRequest', async ({ url }) => void begun.push(url))
  app.post('/quick', async () => 'quick')
  app.post('/slow', { config: { isSlow: true } }, async () => 'slow')
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const begin = (path: string) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{`)
    return socket
  }
  const [quick, slow] = [begin('/quick'), begin('/slow')]
  const [said, answered] = [once(quick, 'data'), once(slow, 'data')]
  await vi.waitUntil(() => begun.length === 2)
  vi.advanceTimersByTime(requestMsMax)
  expect(String(await said)).toMatch(/^HTTP\/1.1 408 /)
  slow.write('}')
  expect(String(await answered)).toMatch(/^HTTP\/1.1 200 /)
  slow.destroy()
})

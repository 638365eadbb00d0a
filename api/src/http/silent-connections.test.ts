import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import fastify from 'fastify'
import { expect, test } from 'vitest'
import { closeSilentConnections } from './silent-connections.ts'

test('a connection that has said nothing does not hold up the close; one that waits for its answer gets it', async () => {
  const app = fastify({ forceCloseConnections: 'idle' })
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
  closeSilentConnections(app)
  app.get('/', async (_request, reply) => {
    asked.resolve()
    return await reply.header('connection', 'close').send(await answer.promise)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const waiting = fetch(`http://127.0.0.1:${port}/`)
  await asked.promise
  const accepted = once(app.server, 'connection')
  const silent = connect(port, '127.0.0.1')
  await accepted
  const gone = once(silent, 'close')
  silent.resume()
  const closed = app.close()
  await gone
  answer.resolve('There you are.')
  expect(await (await waiting).text()).toBe('There you are.')
  await closed
})

import { expect, test } from 'vitest'
import { startCluster, startModel, until } from './cluster.ts'

test('a person who is disabled at one replica is out of the other at once: socket, event streams and run', async () => {
  await using model = await startModel([{ stall: 'mid-stream', afterText: 'And so on' }])
  await using cluster = await startCluster({ modelUrl: model.url, replicas: [{ JARVIS_ROLES: 'api' }, {}] })
  const [here, there] = cluster.urls as [string, string]
  const admin = (await cluster.signUp()).on(here)
  const person = await cluster.signUp()
  const client = person.on(there)
  const { body: key } = await client.post('/api/v1/api-keys', { name: 'k' })

  const sent = await client.post(`/api/v1/conversations/${await client.newConversation()}/messages`, {
    messageId: crypto.randomUUID(),
    content: 'Go on',
  })
  const { runId } = sent.body as { runId: string }
  const endOf = async () => (await cluster.query('select status, error_code from runs where id = $1', [runId]))[0]
  await until(() => model.openStreams() === 1)
  const socket = await client.socket({ token: person.token })
  const follow = (token: string) => fetch(`${there}/api/v1/runs/${runId}/events`, { headers: { authorization: `Bearer ${token}` } })
  const streams = await Promise.all([follow(person.token), follow(key.secret)])
  expect(streams.map(({ status }) => status)).toEqual([200, 200])

  expect((await admin.patch(`/api/v1/admin/users/${person.id}`, { disabled: true })).status).toBe(200)
  expect((await socket.closed).code).toBe(4403)
  for (const stream of streams) expect(await stream.text()).toMatch(/"code":"unauthenticated"|"RUN_FINISHED"/)
  await expect.poll(endOf).toEqual({ status: 'failed', error_code: 'unauthenticated' })
  await model.disconnected()
  expect((await client.get('/api/v1/me')).status).toBe(401)
})

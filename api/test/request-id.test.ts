import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { startModel } from './cluster/cluster.ts'
import { startTestApp } from './test-app.ts'

test('one id finds a whole turn: the proxy’s, the answer’s, the worker’s lines and the provider’s call', async () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line) => void lines.push(line) })
  await using model = await startModel(() => ({ text: 'Yes.' }))
  await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk', TRUST_PROXY: '1', MEMORY_FACTS: 'model' }, { log })
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const id = randomUUID().replaceAll('-', '')
  const sent = await fetch(`${app.url}/api/v1/conversations/${conversation}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.accessToken}`, 'x-request-id': id },
    body: JSON.stringify({ messageId: randomUUID(), content: 'My name is Ada. Is this found?' }),
  })
  expect(sent.headers.get('x-request-id')).toBe(id)
  const said = (text: string) => lines.filter((line) => line.includes(`"msg":"${text}"`))
  await expect.poll(() => said('run ended').length).toBe(1)
  const turn = lines.filter((line) => line.includes(id)).map((line) => (JSON.parse(line) as { msg: string }).msg)
  expect(turn).toEqual(expect.arrayContaining(['request', 'run started', 'a call of a model', 'run ended']))
  expect(said('run ended')).toEqual([expect.stringContaining(`"requestId":"${id}"`)])
  // Each line says it once: two fields of it would be one that a log collector drops.
  const fields = lines.map((line) => Array.from(line.matchAll(/"re\w*Id":/gi), ([name]) => name).join(' '))
  expect(new Set(fields.filter((field) => field !== ''))).toEqual(new Set(['"requestId":']))
  expect(model.requests.filter(({ path }) => path === '/v1/chat/completions').map(({ headers }) => headers['x-client-request-id'])).toContain(id)
  // What the answer leaves to be done after it is of the same turn.
  await expect.poll(() => said('a call of a model').length).toBe(2)
  expect(said('a call of a model').filter((line) => !line.includes(`"requestId":"${id}"`))).toEqual([])
  expect(model.requests.map(({ path, headers }) => [path, headers['x-client-request-id']])).toEqual(model.requests.map(({ path }) => [path, id]))
  expect(new Set(model.requests.map(({ path }) => path))).toEqual(new Set(['/v1/chat/completions', '/v1/embeddings']))

  lines.length = 0
  const socket = await person.socket()
  socket.send({ type: 'send', conversationId: conversation, messageId: randomUUID(), content: 'And this?' })
  await expect.poll(() => said('run ended').length).toBe(1)
  const { requestId } = JSON.parse(said('run ended')[0]!) as { requestId: string }
  expect(said('frame')).toEqual([expect.stringContaining(requestId)])
  expect(model.requests.at(-1)!.headers['x-client-request-id']).toBeDefined()
})

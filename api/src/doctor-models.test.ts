import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { tryOwnProvider } from './doctor-models.ts'

const answer = (text: string) =>
  [{ choices: [{ index: 0, delta: { role: 'assistant', content: text } }] }, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }]
    .map((chunk) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o-mini', ...chunk })}\n\n`)
    .join('') + 'data: [DONE]\n\n'

async function tried(modelsStatus: number, chatStatus: number): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === '/v1/models') response.writeHead(modelsStatus, { 'content-type': 'application/json' }).end('{"data":[]}')
    else if (chatStatus !== 200) response.writeHead(chatStatus, { 'content-type': 'application/json' }).end('{"error":{"message":"no such model"}}')
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer('yes'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    const said = await tryOwnProvider({
      provider: { kind: 'openai', apiKey: 'sk-x', baseUrl },
      modelsFile: undefined,
      keyOf: () => undefined,
      proxies: { http: undefined, https: undefined, none: '' },
    }).catch((error: Error) => `✗ ${error.message}`)
    return said.replace(baseUrl, 'it')
  } finally {
    server.close()
  }
}

test.each([
  [200, 200, 'it'],
  [404, 200, 'it lists no models; gpt-4o-mini answers'],
  [405, 200, 'it lists no models; gpt-4o-mini answers'],
  [401, 200, '✗ status 401'],
  [500, 200, '✗ status 500'],
  [404, 404, '✗ it lists no models (404), and gpt-4o-mini does not answer: no such model'],
])('a provider that answers its list with %i and a question with %i: %s', async (models, chat, said) => {
  expect(await tried(models, chat)).toBe(said)
})

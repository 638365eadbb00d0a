import { Agent, request } from 'undici'
import { readDeltas, serve } from './socket-server.ts'

// The floor: one WebSocket, one request, each delta parsed and forwarded. No user, no limits, nothing kept.

const { OPENAI_BASE_URL } = process.env
const dispatcher = new Agent()

await serve(async (text, tell) => {
  const response = await request(`${OPENAI_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify({ model: 'bench', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: text }] }),
    dispatcher,
  })
  await readDeltas(response.body, tell)
})

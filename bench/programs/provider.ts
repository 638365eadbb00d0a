import { createServer, type ServerResponse } from 'node:http'
import { answerOf, tokenText } from '../question.ts'

// A provider that speaks OpenAI's protocol and does nothing else: the last message says how many tokens, and how many a second.

const tickMs = 1
const chunk = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const token = chunk({ content: tokenText }, null)
const end = chunk({}, 'stop')
const usage = (tokens: number) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'bench', choices: [], usage: { prompt_tokens: 100, completion_tokens: tokens, total_tokens: 100 + tokens } })}\n\ndata: [DONE]\n\n`

type Stream = { response: ServerResponse; startedAt: number; sent: number; tokens: number; perSecond: number }
const streams = new Set<Stream>()

/** Each stream by its own clock, so that streams do not beat in time. One that is late sends what is due as writes of their own. */
function tick(): void {
  const now = performance.now()
  for (const stream of streams) {
    const due = Math.min(stream.tokens, 1 + Math.floor(((now - stream.startedAt) / 1000) * stream.perSecond))
    while (stream.sent < due) {
      stream.response.write(token)
      stream.sent++
    }
    if (stream.sent < stream.tokens) continue
    streams.delete(stream)
    stream.response.end(end + usage(stream.tokens))
  }
}
setInterval(tick, tickMs)

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const { messages } = JSON.parse(Buffer.concat(parts).toString()) as { messages: { role: string; content: string }[] }
    const { tokens, perSecond } = answerOf(messages.findLast(({ role }) => role === 'user')!.content)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(chunk({ role: 'assistant', content: '' }, null) + token)
    const stream = { response, startedAt: performance.now(), sent: 1, tokens, perSecond }
    streams.add(stream)
    response.on('close', () => streams.delete(stream))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1` }))
process.on('disconnect', () => process.exit(0))

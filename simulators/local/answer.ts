import type { ServerResponse } from 'node:http'

type Asked = { model?: unknown; stream?: unknown; stream_options?: { include_usage?: boolean } }

/** A whole answer as servers of one's own stream it: the role in each chunk, the usage in a chunk without choices. */
export function streamAnswer(response: ServerResponse, asked: Asked, { id, text, more = {} }: { id: string; text: string; more?: object }): void {
  const common = { id, object: 'chat.completion.chunk', created: 1_764_000_000, model: asked.model, ...more }
  const send = (chunk: object) => response.write(`data: ${JSON.stringify({ ...common, ...chunk })}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const word of text.split(/(?<= )/)) send({ choices: [{ index: 0, delta: { role: 'assistant', content: word }, finish_reason: null }] })
  send({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'stop' }] })
  if (asked.stream_options?.include_usage) send({ choices: [], usage: { prompt_tokens: 26, completion_tokens: 8, total_tokens: 34 } })
  response.end('data: [DONE]\n\n')
}

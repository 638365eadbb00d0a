import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { anthropicShapes } from './anthropic-shapes.ts'
import { geminiShapes } from './gemini-shapes.ts'
import { callShapes } from './openai-call-shapes.ts'
import { openAiShapes } from './openai-shapes.ts'
import { refusalShapes } from './refusal-shapes.ts'
import type { Shape } from './shape.ts'
import { transportShapes } from './transport-shapes.ts'

export type { Shape } from './shape.ts'

/** Every way in which a provider is known to answer. */
export const shapes: readonly Shape[] = [...openAiShapes, ...callShapes, ...transportShapes, ...refusalShapes, ...anthropicShapes, ...geminiShapes]

/** One server for all shapes: the first piece of the path is the number of the shape. */
export async function startProviders() {
  const requests = new Map<number, Record<string, unknown>[]>()
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const number = Number(request.url!.split('/')[1])
    const shape = shapes[number]!
    const seen = requests.get(number) ?? []
    requests.set(number, [...seen, body])
    const reply = typeof shape.reply === 'function' ? shape.reply(body, seen.length) : shape.reply
    if (reply.silent) return
    response.writeHead(reply.status ?? 200, reply.headers ?? {})
    response.flushHeaders()
    for (const [at, part] of reply.parts.entries()) {
      if (reply.pauseMs !== undefined && at > 0) await wait(reply.pauseMs)
      await new Promise<void>((sent) => void response.write(part, () => setImmediate(sent)))
    }
    if (reply.after === 'cut') response.destroy()
    else if (reply.after !== 'open') response.end()
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    urlOf: (shape: Shape) => `http://127.0.0.1:${port}/${shapes.indexOf(shape)}`,
    requestsOf: (shape: Shape) => requests.get(shapes.indexOf(shape)) ?? [],
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((closed) => void server.close(closed))
    },
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>
}

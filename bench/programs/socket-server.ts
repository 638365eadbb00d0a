import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

export type Tell = (delta: string) => void

/** What a baseline answers with: Jarvis's own frames, so that one client reads them all. */
export async function serve(answer: (text: string, tell: Tell) => Promise<void>): Promise<void> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { runId, content } = JSON.parse((data as Buffer).toString()) as { runId: string; content: string }
      const send = (event: object) => socket.send(JSON.stringify({ type: 'event', runId, event }))
      answer(content, (delta) => send({ type: 'TEXT_MESSAGE_CONTENT', delta })).then(
        () => send({ type: 'RUN_FINISHED' }),
        (error: unknown) => send({ type: 'RUN_ERROR', message: String(error) }),
      )
    })
  })
  server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` }))
  process.on('disconnect', () => process.exit(0))
}

/** The text of each chunk of a completion stream, in the shortest way that survives a cut anywhere. */
export async function readDeltas(body: AsyncIterable<Uint8Array>, tell: Tell): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
    rest = events.pop()!
    for (const event of events) {
      const data = event.slice('data: '.length)
      if (data === '[DONE]') continue
      const { choices } = JSON.parse(data) as { choices: { delta: { content?: string } }[] }
      const delta = choices[0]?.delta.content
      if (delta) tell(delta)
    }
  }
}

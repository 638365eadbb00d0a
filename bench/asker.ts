import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'undici'
import { WebSocket } from 'ws'
import type { Person } from './jarvis.ts'
import { question, tokenText } from './question.ts'

export type Asked = { firstTokenMs: number; totalMs: number }
/** Asks one thing over a socket that is open already. */
export type Asker = { ask(tokens: number, perSecond: number, onDelta?: () => void): Promise<Asked>; close(): void }
/** What speaks Jarvis's frames, and who may speak to it. */
export type Speaker = { url: string; nextPerson(): Person; newConversation(person: Person): Promise<string> }
export type Opener = () => Promise<Asker>

const deltaMark = '"TEXT_MESSAGE_CONTENT"'
const finishedMark = '"RUN_FINISHED"'
const brokenMark = /"RUN_ERROR"|"type":"error"/

export const openBaseline = (url: string): Opener => {
  return async () => {
    const socket = await open(url, [])
    return createAsker(socket, async (content) => JSON.stringify({ runId: randomUUID(), content }))
  }
}

/** Each question in a new conversation, or in the one that is given. */
export const openJarvis = (jarvis: Speaker, person = jarvis.nextPerson(), conversationId?: string): Opener => {
  return async () => {
    const socket = await open(`${jarvis.url}/api/v1/ws`, ['jarvis.v1'])
    socket.send(JSON.stringify({ type: 'hello', token: person.token }))
    await once(socket, 'message')
    return createAsker(socket, async (content) =>
      JSON.stringify({ type: 'send', conversationId: conversationId ?? (await jarvis.newConversation(person)), messageId: randomUUID(), content }),
    )
  }
}

/** The provider without anything in between. */
export const openProvider = (url: string): Opener => {
  return async () => ({
    async ask(tokens, perSecond, onDelta) {
      const startedAt = performance.now()
      const body = JSON.stringify({ messages: [{ role: 'user', content: question(tokens, perSecond) }] })
      const response = await request(`${url}/chat/completions`, { method: 'POST', body })
      let firstTokenMs = 0
      for await (const _ of response.body) {
        firstTokenMs ||= performance.now() - startedAt
        onDelta?.()
      }
      return { firstTokenMs, totalMs: performance.now() - startedAt }
    },
    close: () => {},
  })
}

async function open(url: string, protocols: string[]): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols, { perMessageDeflate: false })
  await once(socket, 'open')
  return socket
}

function createAsker(socket: WebSocket, toFrame: (content: string) => Promise<string>): Asker {
  return {
    async ask(tokens, perSecond, onDelta) {
      const frame = await toFrame(question(tokens, perSecond))
      const startedAt = performance.now()
      socket.send(frame)
      return await new Promise<Asked>((resolve, reject) => {
        let firstTokenMs = 0
        let characters = 0
        const end = (settle: () => void) => {
          socket.off('message', read)
          socket.off('close', closed)
          settle()
        }
        const closed = (code: number) => end(() => reject(new Error(`the socket closed with ${code}`)))
        const read = (data: Buffer) => {
          const text = data.toString('latin1')
          if (text.includes(deltaMark)) {
            firstTokenMs ||= performance.now() - startedAt
            characters += (JSON.parse(text) as { event: { delta: string } }).event.delta.length
            onDelta?.()
          } else if (text.includes(finishedMark)) {
            const complete = characters === tokens * tokenText.length
            if (complete) end(() => resolve({ firstTokenMs, totalMs: performance.now() - startedAt }))
            else end(() => reject(new Error(`${characters} characters came instead of ${tokens * tokenText.length}`)))
          } else if (brokenMark.test(text)) end(() => reject(new Error(text)))
        }
        socket.on('message', read)
        socket.on('close', closed)
      })
    },
    close: () => socket.terminate(),
  }
}

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ClientFrame, ServerFrame } from '@jarvis/contracts/socket.ts'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'
import { expect, onTestFinished, test, vi } from 'vitest'
import { backoffSeconds } from './backoff.ts'
import { type EventFrame, createChatSocket } from './chat-socket.ts'

const conversationId = 'c0000000-0000-7000-8000-000000000000'
const runId = 'a0000000-0000-7000-8000-000000000000'
const messageId = 'b0000000-0000-7000-8000-000000000000'
const ack = { type: 'ack', id: messageId, runId, messageId, assistantMessageId: 'd0000000-0000-7000-8000-000000000000' } as const
const user = { id: runId, email: '', name: '', role: 'user', plan: 'free', createdAt: '' } as const

const text = (seq: number, delta: string): EventFrame => ({
  type: 'event',
  conversationId,
  runId,
  seq,
  event: { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta },
})
const finished = (seq: number): EventFrame => ({
  type: 'event',
  conversationId,
  runId,
  seq,
  event: { type: 'RUN_FINISHED', threadId: conversationId, runId },
})

type Peer = { put: (frame: ServerFrame) => void; close: (code: number) => void; terminate: () => void }

/** A real server: `answer` is told every frame but the hellos, which are answered with `ready`. */
async function server(answer: (frame: ClientFrame, peer: Peer, connection: number) => void, hello?: (token: string, peer: Peer) => boolean) {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'jarvis.v1' })
  await once(sockets, 'listening')
  const frames: ClientFrame[] = []
  let connections = 0
  sockets.on('connection', (socket: ServerSocket) => {
    const connection = ++connections
    const peer: Peer = {
      put: (frame) => socket.send(JSON.stringify(frame)),
      close: (code) => socket.close(code),
      terminate: () => socket.terminate(),
    }
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ClientFrame
      frames.push(frame)
      if (frame.type !== 'hello') return answer(frame, peer, connection)
      if (hello && !hello(frame.token, peer)) return
      peer.put({ type: 'ready', user, heartbeatSeconds: 25 })
    })
  })
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate()
    sockets.close()
  })
  return { frames, url: () => `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`, connections: () => connections }
}

function client(url: () => string, more: Partial<Parameters<typeof createChatSocket>[0]> = {}) {
  const socket = createChatSocket({
    url,
    token: async () => 'token',
    onUnauthenticated: async () => {},
    onRevoked: () => {},
    random: () => 0,
    ...more,
  })
  const events: EventFrame[] = []
  socket.onEvent((frame) => events.push(frame))
  onTestFinished(() => socket.stop())
  socket.start()
  return { socket, events, seqs: () => events.map(({ seq }) => seq) }
}

const message = { conversationId, messageId, parentId: null, content: 'Hello' }

test('a run cut in the middle resumes after the last event, each delivered once and in order', async () => {
  const { url, frames } = await server((frame, peer) => {
    if (frame.type === 'send') {
      peer.put(ack)
      peer.put(text(1, 'a'))
      peer.put(text(2, 'b'))
      peer.close(1001)
    }
    if (frame.type === 'subscribe') for (const event of [text(2, 'b'), text(3, 'c'), text(3, 'c'), finished(4)]) peer.put(event)
  })
  const { socket, seqs } = client(url)
  await expect(socket.send(message)).resolves.toMatchObject({ runId, messageId })
  await expect.poll(seqs).toEqual([1, 2, 3, 4])
  expect(frames.find(({ type }) => type === 'subscribe')).toMatchObject({ runId, after: 2 })
})

test('a message whose acknowledgement was lost is sent again under the same id', async () => {
  const { url, frames } = await server((frame, peer, connection) => {
    if (frame.type !== 'send') return
    if (connection === 1) peer.terminate()
    else peer.put(ack)
  })
  const { socket } = client(url)
  await socket.send(message)
  expect(frames.filter(({ type }) => type === 'send').map(({ id }) => id)).toEqual([messageId, messageId])
})

test('a message written while there is no connection goes out when there is one', async () => {
  const { url, frames } = await server((frame, peer) => frame.type === 'send' && peer.put(ack))
  let reachable = false
  const { socket } = client(url, { token: async () => (reachable ? 'token' : Promise.reject(new Error('offline'))) })
  const sent = socket.send(message)
  await expect.poll(() => socket.status.get()).toBe('waiting')
  expect(frames).toEqual([])
  reachable = true
  socket.hurry()
  await expect(sent).resolves.toMatchObject({ runId })
})

test('4401 renews the token, then connects with the new one', async () => {
  let current = 'old'
  const { url, frames } = await server(
    () => {},
    (token, peer) => token === 'new' || (peer.close(4401), false),
  )
  const { socket } = client(url, { token: async () => current, onUnauthenticated: async () => void (current = 'new') })
  await expect.poll(() => socket.status.get()).toBe('open')
  expect(frames).toMatchObject([{ token: 'old' }, { token: 'new' }])
})

test('the page that comes back to the front while the token is renewed is connected, and stays so', async () => {
  let renew = () => {}
  const renewed = new Promise<void>((resolve) => (renew = resolve))
  let current = 'old'
  const { url } = await server(
    (frame, peer) => frame.type === 'send' && peer.put(ack),
    (token, peer) => token === 'new' || (peer.close(4401), false),
  )
  let asked = 0
  const token = async () => {
    if (asked++ > 0) await renewed
    return current
  }
  const { socket } = client(url, { token, onUnauthenticated: () => renewed, random: () => 0.1 })
  await expect.poll(() => socket.status.get()).toBe('waiting')
  socket.hurry()
  current = 'new'
  renew()
  await expect.poll(() => socket.status.get()).toBe('open')
  // Longer than it waits before it tries again.
  await new Promise((resolve) => setTimeout(resolve, backoffSeconds(0, () => 1) * 1000 + 200))
  expect(socket.status.get()).toBe('open')
  await expect(socket.send(message)).resolves.toMatchObject({ runId })
})

test('4403 ends it: nothing reconnects, and the person is signed out', async () => {
  const onRevoked = vi.fn<() => void>()
  const { url, connections } = await server(
    () => {},
    (_token, peer) => (peer.close(4403), false),
  )
  const { socket } = client(url, { onRevoked })
  await expect.poll(() => onRevoked.mock.calls).toHaveLength(1)
  expect(socket.status.get()).toBe('stopped')
  expect(connections()).toBe(1)
})

test('a refusal reaches the sender with its code; the connection stays', async () => {
  const { url } = await server(({ id }, peer) =>
    peer.put({ type: 'error', ...(id && { id }), code: 'rate_limited', detail: 'Slow down', retryAfterSeconds: 9 }),
  )
  const { socket } = client(url)
  await expect(socket.send(message)).rejects.toMatchObject({ code: 'rate_limited', message: 'Slow down', retryAfterSeconds: 9 })
  expect(socket.status.get()).toBe('open')
})

test('a run the server has forgotten is reported as lost', async () => {
  const { url } = await server(({ id }, peer) => peer.put({ type: 'error', ...(id && { id }), code: 'not_found', detail: 'Not found' }))
  const { socket } = client(url)
  const lost = vi.fn<(runId: string) => void>()
  socket.onLost(lost)
  socket.follow(runId)
  await expect.poll(() => lost.mock.calls).toEqual([[runId]])
})

test('an answer to a paused run is resent until it is taken, and the run that comes of it is followed from its start', async () => {
  const next = 'a0000000-0000-7000-8000-000000000002'
  const { url, frames } = await server((frame, peer, connection) => {
    if (frame.type === 'resume') {
      if (connection === 1) return peer.terminate()
      peer.put({ type: 'ack', id: frame.id!, runId: next })
    }
    if (frame.type === 'subscribe') peer.put({ ...text(1, 'on'), runId: frame.runId })
  })
  const { socket, events } = client(url)
  const resume = [{ interruptId: 'i', status: 'resolved', payload: { approved: true } } as const]
  await expect(socket.resume(runId, resume)).resolves.toBe(next)
  await expect.poll(() => events).toMatchObject([{ runId: next, seq: 1 }])
  expect(frames.filter(({ type }) => type === 'resume')).toMatchObject([
    { runId, resume },
    { runId, resume },
  ])
  expect(frames.at(-1)).toMatchObject({ type: 'subscribe', runId: next, after: 0 })
})

test('the person is told at each connection, and when their plan changes', async () => {
  const { url } = await server((_frame, peer) => peer.put({ type: 'user', user: { ...user, plan: 'pro' } }))
  const { socket } = client(url)
  const plans: string[] = []
  socket.onUser(({ plan }) => plans.push(plan))
  await expect.poll(() => plans).toEqual(['free'])
  void socket.cancel(runId).catch(() => undefined)
  await expect.poll(() => plans).toEqual(['free', 'pro'])
})

test('what everybody is told comes as it is now, also when it is nothing', async () => {
  const item = { id: runId, text: 'Jarvis is away on Friday.', tone: 'info', startsAt: '', endsAt: null } as const
  const { url } = await server((_frame, peer) => {
    peer.put({ type: 'announcements', items: [item] })
    peer.put({ type: 'announcements', items: [] })
  })
  const { socket } = client(url)
  const told: unknown[] = []
  socket.onAnnounced((items) => told.push(items))
  void socket.cancel(runId).catch(() => undefined)
  await expect.poll(() => told).toEqual([[item], []])
})

const waits = (random: number) => [0, 1, 2, 9].map((attempt) => backoffSeconds(attempt, () => random))

test('the wait doubles from 0.15–0.3 s to 5–10 s', () => {
  expect(waits(0)).toEqual([0.15, 0.3, 0.6, 5])
  expect(waits(1)).toEqual([0.3, 0.6, 1.2, 10])
})

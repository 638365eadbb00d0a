import type { User } from '@jarvis/contracts/accounts.ts'
import type { Announcement } from '@jarvis/contracts/announcements.ts'
import type { ResumeEntry } from '@jarvis/contracts/approvals.ts'
import type { Accepted, SendBody } from '@jarvis/contracts/chat.ts'
import { type ClientFrame, type ServerFrame, closeCodes, heartbeatSeconds, socketProtocol } from '@jarvis/contracts/socket.ts'
import { backoffSeconds } from './backoff.ts'
import { ProblemError } from './problem.ts'
import { type Store, createStore } from './store.ts'
import { say } from '#words/say.ts'

export type SocketStatus = 'stopped' | 'connecting' | 'open' | 'waiting'
export type EventFrame = Extract<ServerFrame, { type: 'event' }>
export type ToldFrame = Extract<ServerFrame, { type: 'conversation' | 'conversation_gone' | 'run' | 'approval' }>
export type Outgoing = SendBody & { conversationId: string }

export type ChatSocket = {
  status: Store<SocketStatus>
  start: () => void
  stop: () => void
  /** Says hello again on the open socket, after the token was renewed. */
  renew: () => void
  /** Connects now instead of when the wait is over. */
  hurry: () => void
  /** Resolves when the server has accepted the message, across as many reconnections as that takes. @throws {ProblemError} */
  send: (message: Outgoing) => Promise<Accepted>
  cancel: (runId: string) => Promise<void>
  /** Answers what a paused run waits for; resolves with the run that goes on, and follows it. @throws {ProblemError} */
  resume: (runId: string, resume: ResumeEntry[]) => Promise<string>
  /** Delivers a run's events from its first to its last, across reconnections. */
  follow: (runId: string) => void
  onEvent: (listener: (frame: EventFrame) => void) => () => void
  /** A run that the server no longer knows: what is stored is all there is. */
  onLost: (listener: (runId: string) => void) => () => void
  /** What the person did elsewhere: conversations that changed or went, runs that began, approvals. */
  onTold: (listener: (frame: ToldFrame) => void) => () => void
  /** What everybody is told changed: all of it, as it is now. */
  onAnnounced: (listener: (items: Announcement[]) => void) => () => void
  /** The socket is open again after a time in which nothing could be told. */
  onReturn: (listener: () => void) => () => void
  /** The person as the server knows them: at each connection, and when their role, plan or name changes. */
  onUser: (listener: (user: User) => void) => () => void
}

type Options = {
  url: () => string
  token: () => Promise<string>
  /** After 4401: renews the token or signs out. */
  onUnauthenticated: () => Promise<void>
  onRevoked: () => void
  random?: () => number
}

type Waiting = {
  frame: ClientFrame & { id: string }
  resolve: (ack: Extract<ServerFrame, { type: 'ack' }>) => void
  reject: (error: unknown) => void
}
type Followed = { seq: number; ended: boolean }

/** A server that says nothing for this long after a hello or a ping is taken for gone. */
const answerSeconds = 10

/**
 * The one socket of the page. It keeps three promises over connections that come and go: a message is sent until it is acknowledged (its id
 * makes that idempotent), each event of a followed run is delivered once and in order, and nobody has to ask it to reconnect.
 */
export function createChatSocket({ url, token, onUnauthenticated, onRevoked, random = Math.random }: Options): ChatSocket {
  const status = createStore<SocketStatus>('stopped')
  const eventListeners = new Set<(frame: EventFrame) => void>()
  const lostListeners = new Set<(runId: string) => void>()
  const userListeners = new Set<(user: User) => void>()
  const toldListeners = new Set<(frame: ToldFrame) => void>()
  const announcedListeners = new Set<(items: Announcement[]) => void>()
  const returnListeners = new Set<() => void>()
  const waiting = new Map<string, Waiting>()
  const runs = new Map<string, Followed>()

  let socket: WebSocket | null = null
  let attempt = 0
  let wasOpen = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let heartbeat: ReturnType<typeof setInterval> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined

  const stopped = () => status.get() === 'stopped'

  function put(frame: ClientFrame) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
  }

  async function connect() {
    clearTimeout(timer)
    if (socket) return
    status.set('connecting')
    const accessToken = await token().catch(() => null)
    if (stopped() || socket) return
    if (!accessToken) return wait()

    const opened = new WebSocket(url(), socketProtocol)
    socket = opened
    silence = setTimeout(() => closed(0), answerSeconds * 1000)
    opened.addEventListener('open', () => put({ type: 'hello', token: accessToken }))
    opened.addEventListener('message', ({ data }: MessageEvent<string>) => socket === opened && receive(JSON.parse(data) as ServerFrame))
    opened.addEventListener('close', ({ code }) => socket === opened && closed(code))
  }

  function wait() {
    status.set('waiting')
    timer = setTimeout(() => void connect(), backoffSeconds(attempt++, random) * 1000)
  }

  /** Forgets the socket before closing it: on a dead network its close event may take minutes. */
  function drop() {
    clearInterval(heartbeat)
    clearTimeout(silence)
    const old = socket
    socket = null
    old?.close()
  }

  function closed(code: number) {
    drop()
    if (code === closeCodes.revoked) {
      status.set('stopped')
      return onRevoked()
    }
    if (code !== closeCodes.unauthenticated) return wait()
    status.set('waiting')
    void onUnauthenticated()
      .catch(() => undefined)
      .then(() => status.get() === 'waiting' && !socket && wait())
  }

  function receive(frame: ServerFrame) {
    clearTimeout(silence)
    switch (frame.type) {
      case 'ready':
        toldUser(frame.user)
        return ready(frame.heartbeatSeconds)
      case 'user':
        return toldUser(frame.user)
      case 'ack':
        return acknowledged(frame)
      case 'event':
        return deliver(frame)
      case 'error':
        return refused(frame)
      case 'conversation':
      case 'conversation_gone':
      case 'run':
      case 'approval':
        for (const listener of toldListeners) listener(frame)
        return
      case 'announcements':
        for (const listener of announcedListeners) listener(frame.items)
        return
      case 'pong':
    }
  }

  function toldUser(user: User) {
    for (const listener of userListeners) listener(user)
  }

  function ready(seconds: number) {
    if (status.get() === 'open') return
    attempt = 0
    status.set('open')
    heartbeat = setInterval(ping, (seconds || heartbeatSeconds) * 1000)
    for (const [runId, run] of runs) if (!run.ended) subscribe(runId, run.seq)
    for (const { frame } of waiting.values()) put(frame)
    if (wasOpen) for (const listener of returnListeners) listener()
    wasOpen = true
  }

  function ping() {
    put({ type: 'ping' })
    clearTimeout(silence)
    silence = setTimeout(() => closed(0), answerSeconds * 1000)
  }

  const subscribe = (runId: string, after: number) => put({ type: 'subscribe', id: `follow:${runId}`, runId, after })

  function acknowledged(frame: Extract<ServerFrame, { type: 'ack' }>) {
    const sent = waiting.get(frame.id ?? '')
    if (!sent) return
    waiting.delete(sent.frame.id)
    if (sent.frame.type === 'send' && !runs.has(frame.runId)) runs.set(frame.runId, { seq: 0, ended: false })
    sent.resolve(frame)
  }

  function deliver(frame: EventFrame) {
    const run = runs.get(frame.runId) ?? { seq: 0, ended: false }
    if (frame.seq <= run.seq) return
    const ended = frame.event.type === 'RUN_FINISHED' || frame.event.type === 'RUN_ERROR'
    runs.set(frame.runId, { seq: frame.seq, ended })
    for (const listener of eventListeners) listener(frame)
  }

  function refused(frame: Extract<ServerFrame, { type: 'error' }>) {
    const id = frame.id ?? ''
    if (id.startsWith('follow:')) {
      const runId = id.slice('follow:'.length)
      runs.delete(runId)
      for (const listener of lostListeners) listener(runId)
    }
    waiting.get(id)?.reject(new ProblemError(frame.code, frame.detail, { retryAfterSeconds: frame.retryAfterSeconds, params: frame.params }))
    waiting.delete(id)
  }

  function follow(runId: string) {
    if (runs.has(runId)) return
    runs.set(runId, { seq: 0, ended: false })
    if (status.get() === 'open') subscribe(runId, 0)
  }

  function ask(frame: Waiting['frame']) {
    return new Promise<Extract<ServerFrame, { type: 'ack' }>>((resolve, reject) => {
      waiting.set(frame.id, { frame, resolve, reject })
      if (status.get() === 'open') put(frame)
    })
  }

  return {
    status,
    start() {
      if (stopped()) void connect()
    },
    stop() {
      clearTimeout(timer)
      status.set('stopped')
      drop()
      for (const { reject } of waiting.values()) reject(new ProblemError('unauthenticated', say('You have been signed out'), { status: 401 }))
      waiting.clear()
      runs.clear()
      attempt = 0
      wasOpen = false
    },
    renew() {
      if (status.get() === 'open')
        void token().then(
          (fresh) => put({ type: 'hello', token: fresh }),
          () => undefined,
        )
    },
    hurry() {
      attempt = 0
      if (status.get() === 'waiting' && !socket) void connect()
      else if (status.get() === 'open') ping()
    },
    async send(message) {
      const { runId, messageId, assistantMessageId, parentId } = await ask({ type: 'send', id: message.messageId, ...message })
      return {
        runId,
        messageId: messageId ?? message.messageId,
        assistantMessageId: assistantMessageId!,
        ...(parentId !== undefined && { parentId }),
      }
    },
    async cancel(runId) {
      await ask({ type: 'cancel', id: `cancel:${runId}`, runId })
    },
    async resume(runId, resume) {
      const ack = await ask({ type: 'resume', id: `resume:${runId}`, runId, resume })
      follow(ack.runId)
      return ack.runId
    },
    follow,
    onEvent(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    onUser(listener) {
      userListeners.add(listener)
      return () => userListeners.delete(listener)
    },
    onTold(listener) {
      toldListeners.add(listener)
      return () => toldListeners.delete(listener)
    },
    onAnnounced(listener) {
      announcedListeners.add(listener)
      return () => announcedListeners.delete(listener)
    },
    onReturn(listener) {
      returnListeners.add(listener)
      return () => returnListeners.delete(listener)
    },
    onLost(listener) {
      lostListeners.add(listener)
      return () => lostListeners.delete(listener)
    },
  }
}

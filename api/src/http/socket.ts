import type { User } from '@jarvis/contracts/accounts.ts'
import { ClientFrame, type CloseCode, NamedFrame, closeCodes, heartbeatSeconds, type ServerFrame, socketWho } from '@jarvis/contracts/socket.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { AppError } from '#lib/app-error.ts'
import { failureOf, refusal } from '#lib/refusal.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import type { Access } from '#lib/principal.ts'
import { inRequest } from '#lib/request-context.ts'
import { toAppError } from '#lib/to-app-error.ts'
import type { Tracing } from '#ports/tracing/index.ts'
import { createTokenBucket } from '#lib/token-bucket.ts'
import type { AccessWatch } from '#ports/access/index.ts'
import type { Authenticate } from './caller.ts'
import { keyEnd, requireAccess } from './door.ts'
import type { AuditKeyRefusal } from './key-refusals.ts'
import { slowMs } from './sse.ts'
import { requireUpgrade } from './upgrade.ts'
import { parseJson } from '#lib/parse-json.ts'
import { faultsOf, sayFault } from '#lib/plain-issues.ts'

export type Frame<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>

/** What a feature sees of one socket: frames go out by `send`, text that is already a frame by `sendText`. */
export type Connection = {
  /** Who speaks, looked up anew: authority is checked when used, not when the socket opened. */
  caller(): Promise<Access>
  send(frame: ServerFrame): void
  /** Nothing to wait for, as a rule; else resolves when the client can take more. Closes 1013 when it has been too slow for too long. */
  sendText(text: string): Promise<void> | undefined
  readonly signal: AbortSignal
}
export type FrameHandlers = { [Type in 'send' | 'subscribe' | 'unsubscribe' | 'cancel' | 'resume']: (frame: Frame<Type>) => Promise<void> }

export type SocketOptions = {
  authenticate: Authenticate
  /** @throws unauthenticated for somebody who may not be here any more */
  user(caller: Pick<Caller, 'userId'>): Promise<User>
  handlers(connection: Connection): FrameHandlers
  hold: AccessWatch['hold']
  auditKeyRefusal: AuditKeyRefusal
  onUserChanged(listener: (userId: string) => void): () => void
  /** Something changed that each person hears of as a change of theirs. */
  onEverybodyChanged(listener: () => void): () => void
  /** What everybody is sent. */
  onEverybodyTold(listener: (frame: ServerFrame) => void): () => void
  /** What each open socket of a person is sent; `frames` reads it, and is asked only where there is such a socket. */
  onTold(listener: (userId: string, frames: () => Promise<ServerFrame[]>) => void): () => void
  tracing: Tracing
  log: Log
}

const helloMs = 5000
const connectionsPerUserMax = 32
const bufferedBytesMax = 1024 * 1024
const slowPollMs = 25
const framesWaitingMax = 256
/** What a busy client never needs; beyond it each frame is refused, and who goes on all the same is cut off. */
const frames = { burst: 200, perSecond: 50, refusedMax: 100 }
const timerMsMax = 2 ** 31 - 1
/** How long a client has to answer that it was told to come back. */
const closedMsMax = 2000

/** The protocol `jarvis.v1` of `GET /api/v1/ws`: hello first, one answer per frame, close codes. Knows no feature. */
export function registerSocket(app: FastifyInstance, options: SocketOptions): { openCount(): number; closeAll(): void } {
  const open = new Map<WebSocket, { userId?: string; gone: AbortController }>()
  /** Nothing more is done for it, though its client may take long to answer the close. */
  function close(socket: WebSocket, reason: keyof typeof closeCodes): void {
    const code: CloseCode = closeCodes[reason]
    socket.close(code, reason)
    open.get(socket)?.gone.abort()
  }
  const authenticate: Authenticate = async (token) => {
    const caller = await options.authenticate(token)
    requireAccess(socketWho, caller)
    return caller
  }
  const socketsOf = (userId: string) => [...open].flatMap(([socket, who]) => (who.userId === userId ? [socket] : []))

  async function tellUser(userId: string): Promise<void> {
    if (socketsOf(userId).length === 0) return
    try {
      const user = await options.user({ userId })
      const frame = JSON.stringify({ type: 'user', user } satisfies ServerFrame)
      for (const socket of socketsOf(userId)) {
        socket.send(frame)
        if (user.factorRequired || user.termsRequired) close(socket, 'unauthenticated')
      }
    } catch (thrown) {
      if (toAppError(thrown).code === 'unauthenticated') for (const socket of socketsOf(userId)) close(socket, 'revoked')
      else options.log.error({ err: thrown, userId }, 'a changed user was not told')
    }
  }

  /** By person, so that what is read later is sent later. */
  const telling = new Map<string, Promise<void>>()

  async function tellTold(userId: string, frames: () => Promise<ServerFrame[]>): Promise<void> {
    if (socketsOf(userId).length === 0) return
    const before = telling.get(userId)
    const told = (async () => {
      await before
      try {
        for (const frame of await frames()) for (const socket of socketsOf(userId)) socket.send(JSON.stringify(frame))
      } catch (error) {
        options.log.error({ err: error, userId }, 'open pages were not told of a change')
      }
    })()
    telling.set(userId, told)
    await told
    if (telling.get(userId) === told) telling.delete(userId)
  }

  /** One after the other: no crowd at the database. */
  async function tellUsers(): Promise<void> {
    const userIds = new Set([...open.values()].flatMap(({ userId }) => userId ?? []))
    for (const userId of userIds) await tellUser(userId)
  }

  function tellEverybody(frame: ServerFrame): void {
    const text = JSON.stringify(frame)
    for (const [socket, { userId }] of open) if (userId !== undefined && socket.readyState === socket.OPEN) socket.send(text)
  }

  const stopListening = [
    options.onUserChanged((userId) => void tellUser(userId)),
    options.onEverybodyChanged(() => void tellUsers()),
    options.onEverybodyTold(tellEverybody),
    options.onTold((userId, frames) => void tellTold(userId, frames)),
  ]
  app.addHook('onClose', async () => {
    for (const stop of stopListening) stop()
  })
  let isClosing = false
  // A refused upgrade leaves a connection that no server tracks, and that would hold up its close. The client is told not to use it again.
  const isRefusedUpgrade = (request: FastifyRequest, reply: FastifyReply) => request.headers.upgrade !== undefined && reply.statusCode >= 400
  app.addHook('onSend', async (request, reply) => void (isRefusedUpgrade(request, reply) && reply.header('connection', 'close')))
  app.addHook('onResponse', async (request, reply) => void (isRefusedUpgrade(request, reply) && request.raw.socket.end()))

  app.get('/api/v1/ws', { websocket: true, config: { who: ['anyone'] }, schema: { hide: true }, onRequest: requireUpgrade }, (socket, request) => {
    const gone = new AbortController()
    const who: { userId?: string; token?: string; letGo?: () => void; knownAs?: Access; gone: AbortController } = { gone }
    open.set(socket, who)
    // It came in while the others were told to go; with no code it would look like a fault.
    if (isClosing) close(socket, 'restarting')
    let deadline: NodeJS.Timeout | undefined = setTimeout(() => close(socket, 'noHello'), helloMs)
    const rate = createTokenBucket(frames.burst, frames.perSecond)
    let refused = 0
    let received = 0
    let alive = true
    let waiting = 0
    let queue = Promise.resolve()

    const send = (frame: ServerFrame) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame))
    }
    const connection: Connection = {
      caller: async () => authenticate(who.token ?? ''),
      send,
      sendText: (text) => sendPaced(socket, text, () => close(socket, 'tooSlow')),
      signal: gone.signal,
    }
    const handlers = options.handlers(connection)

    async function hello(frame: Frame<'hello'>): Promise<void> {
      const caller = await options.authenticate(frame.token)
      who.knownAs = caller
      requireAccess(socketWho, caller)
      if (who.userId !== undefined && who.userId !== caller.userId) return close(socket, 'unauthenticated')
      const others = [...open.values()].filter(({ userId }) => userId === caller.userId).length
      if (who.userId === undefined && others >= connectionsPerUserMax) return close(socket, 'tooManyConnections')
      who.letGo?.()
      const letGo = options.hold({ userId: caller.userId, viaId: caller.via.id }, () => close(socket, 'revoked'), { until: keyEnd(caller) })
      if (gone.signal.aborted) letGo()
      Object.assign(who, { userId: caller.userId, token: frame.token, letGo })
      clearTimeout(deadline)
      // What lasts longer than a timer can is looked at with each frame only.
      const leftMs = caller.expiresAt === null ? Infinity : caller.expiresAt.getTime() - Date.now()
      deadline = leftMs > timerMsMax ? undefined : setTimeout(() => close(socket, 'unauthenticated'), leftMs)
      send({ type: 'ready', ...echo(frame), user: await options.user(caller), heartbeatSeconds })
    }

    async function handle(frame: ClientFrame | FaultyFrame): Promise<void> {
      if ('fault' in frame) return who.userId === undefined ? close(socket, 'unauthenticated') : refuse(frame.fault, frame)
      if (frame.type === 'hello') return await hello(frame).catch(refuseHello)
      if (who.userId === undefined) return close(socket, 'unauthenticated')
      if (frame.type === 'ping') return send({ type: 'pong', ...echo(frame) })
      try {
        const isTurn = frame.type === 'send' || frame.type === 'resume'
        if (isTurn) options.log.info({ frame: frame.type }, 'frame')
        const act = () => (handlers[frame.type] as (frame: ClientFrame) => Promise<void>)(frame)
        await (isTurn ? options.tracing.span(`frame ${frame.type}`, {}, act, { kind: 'server' }) : act())
      } catch (thrown) {
        refuse(toAppError(thrown), frame)
      }
    }

    function refuseHello(thrown: unknown): void {
      const error = toAppError(thrown)
      audit(error, 'hello')
      if (['unauthenticated', 'forbidden', 'factor_required', 'terms_required'].includes(error.code)) return close(socket, 'unauthenticated')
      options.log.error({ err: error, requestId: request.id }, 'hello failed')
      close(socket, 'restarting')
    }

    function audit(error: AppError, frame: string): void {
      if (who.knownAs) void options.auditKeyRefusal(request, { access: who.knownAs, error, route: `GET /api/v1/ws ${frame}` })
    }

    function refuse(error: AppError, frame: { id?: string | undefined; type?: string }): void {
      audit(error, frame.type ?? 'frame')
      if (error.code === 'unauthenticated') return close(socket, 'unauthenticated')
      if (error.code === 'internal') options.log.error({ err: error.cause }, 'frame failed')
      const retry = error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }
      send({ type: 'error', ...echo(frame), ...failureOf(error), ...retry })
    }

    socket.on('message', (data, isBinary) => {
      alive = true
      const frame = isBinary ? null : parseFrame((data as Buffer).toString())
      if (!frame) return close(socket, 'badFrame')
      const retryAfterSeconds = rate.take()
      if (retryAfterSeconds > 0) {
        if (++refused > frames.refusedMax) return close(socket, 'tooManyFrames')
        return refuse(refusal('rate_limited.frames', {}, { retryAfterSeconds }), frame)
      }
      refused = 0
      if (++waiting > framesWaitingMax) return close(socket, 'tooSlow')
      // One at a time, so that frames act in the order they were sent.
      // The socket's own id finds all of its frames, a frame's own only what it led to.
      const frameId = `${request.id}.${++received}`
      queue = queue.then(() => (gone.signal.aborted ? undefined : inRequest(frameId, () => handle(frame)))).finally(() => waiting--)
    })
    socket.on('pong', () => (alive = true))
    socket.on('error', (error) => request.log.debug({ err: error }, 'socket error'))

    const heartbeat = setInterval(() => {
      if (!alive) return socket.terminate()
      alive = false
      socket.ping()
    }, heartbeatSeconds * 1000)
    socket.on('close', () => {
      clearTimeout(deadline)
      clearInterval(heartbeat)
      who.letGo?.()
      open.delete(socket)
      gone.abort()
    })
  })

  return {
    openCount: () => open.size,
    closeAll: () => {
      isClosing = true
      for (const socket of open.keys()) close(socket, 'restarting')
      // A phone that sleeps answers no close, and would hold up the stop for half a minute.
      setTimeout(() => {
        for (const socket of open.keys()) socket.terminate()
      }, closedMsMax).unref()
    },
  }
}

const echo = ({ id }: { id?: string | undefined }) => (id === undefined ? {} : { id })

type FaultyFrame = { id: string; fault: AppError }

/** Who named a frame of a known type is told what is wrong with it, and the socket's other runs go on. Anything else is no frame at all: null. */
function parseFrame(text: string): ClientFrame | FaultyFrame | null {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    return null
  }
  const frame = ClientFrame.safeParse(value)
  if (frame.success) return frame.data
  const named = NamedFrame.safeParse(value)
  if (!named.success) return null
  const errors = faultsOf(frame.error)
  return { id: named.data.id, fault: new AppError('invalid_request', `${sayFault(errors[0]!, 'The frame')}.`) }
}

function sendPaced(socket: WebSocket, text: string, giveUp: () => void): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined
  socket.send(text)
  return socket.bufferedAmount > bufferedBytesMax ? drained(socket, giveUp) : undefined
}

async function drained(socket: WebSocket, giveUp: () => void): Promise<void> {
  const since = performance.now()
  while (socket.bufferedAmount > bufferedBytesMax && socket.readyState === socket.OPEN) {
    if (performance.now() - since > slowMs) return giveUp()
    await new Promise((resolve) => setTimeout(resolve, slowPollMs))
  }
}

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { Agent, request } from 'undici'
import { type WebSocket, WebSocketServer } from 'ws'
import { type AccessTokens, createAccessTokens } from '../../api/src/features/accounts/access-tokens.ts'
import { openDatabase } from '../../api/src/ports/database/index.ts'
import { readDeltas } from './socket-server.ts'

// The least server that keeps Jarvis's first promises: the token is verified, a window counts, question and empty answer are stored before
// the acknowledgement, the answer is streamed over the socket, answer and usage are stored. Three statements a turn. No agent, no memory,
// no guard, no money, no takeover.

type Send = { conversationId: string; messageId: string; content: string }
type Window = { limit: number; ms: number }

const { OPENAI_BASE_URL = '', DATA_DIR = '', JWT_SECRET = '' } = process.env
const window: Window = { limit: 200, ms: 60_000 }
const dispatcher = new Agent()
const database = await openDatabase({ dataDir: DATA_DIR })
const tokens = await createAccessTokens(JWT_SECRET, 86_400)
await createTables()

const statements = {
  accept: {
    name: 'accept',
    text: `insert into floor.messages (id, conversation_id, role, content, status) values ($1, $2, 'user', $3, 'done'), ($4, $2, 'assistant', '', 'running')`,
  },
  finish: { name: 'finish', text: `update floor.messages set content = $2, status = 'done' where id = $1` },
  use: { name: 'use', text: 'insert into floor.usage (user_id, message_id, input_tokens, output_tokens) values ($1, $2, $3, $4)' },
}

async function createTables(): Promise<void> {
  const { Client } = await import('pg')
  const owner = new Client(database.owner)
  await owner.connect()
  await owner.query(`
    create schema if not exists floor;
    create table if not exists floor.messages (
      id uuid primary key, conversation_id uuid not null, role text not null, content text not null, status text not null,
      created_at timestamptz not null default now());
    create index if not exists messages_by_conversation on floor.messages (conversation_id, created_at);
    create table if not exists floor.usage (
      user_id uuid not null, message_id uuid not null, input_tokens int not null, output_tokens int not null,
      created_at timestamptz not null default now());
    create index if not exists usage_by_user on floor.usage (user_id, created_at);
    grant usage on schema floor to public;
    grant all on all tables in schema floor to public;`)
  await owner.end()
}

const starts = new Map<string, number[]>()

/** A sliding window: whether this person may start one more turn. */
function isAllowed(userId: string): boolean {
  const now = performance.now()
  const recent = (starts.get(userId) ?? []).filter((at) => at > now - window.ms)
  starts.set(userId, recent)
  return recent.length < window.limit && recent.push(now) > 0
}

/** One turn, from the question to what is stored of its answer. */
async function answer(socket: WebSocket, userId: string, { conversationId, messageId, content }: Send): Promise<void> {
  const [runId, answerId] = [randomUUID(), randomUUID()]
  const send = (frame: object) => socket.send(JSON.stringify(frame))
  if (!isAllowed(userId)) return send({ type: 'error', code: 'rate_limited' })
  await database.pool.query({ ...statements.accept, values: [messageId, conversationId, content, answerId] })
  send({ type: 'accepted', messageId, runId, answerId })
  const response = await request(`${OPENAI_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify({ model: 'bench', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content }] }),
    dispatcher,
  })
  let text = ''
  let outputTokens = 0
  await readDeltas(response.body, (delta) => {
    text += delta
    outputTokens++
    send({ type: 'event', runId, event: { type: 'TEXT_MESSAGE_CONTENT', messageId: answerId, delta } })
  })
  await database.pool.query({ ...statements.finish, values: [answerId, text] })
  await database.pool.query({ ...statements.use, values: [userId, answerId, Math.ceil(content.length / 4), outputTokens] })
  send({ type: 'event', runId, event: { type: 'RUN_FINISHED', runId } })
}

async function greet(socket: WebSocket, token: string, tokens: AccessTokens): Promise<string> {
  const { userId } = await tokens.verify(token)
  socket.send(JSON.stringify({ type: 'ready', userId }))
  return userId
}

const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: () => 'jarvis.v1' })
sockets.on('connection', (socket) => {
  let caller: Promise<string> | undefined
  socket.on('message', (data) => {
    const frame = JSON.parse((data as Buffer).toString()) as { type: 'hello'; token: string } | ({ type: 'send' } & Send)
    if (frame.type === 'hello') {
      caller = greet(socket, frame.token, tokens)
      caller.catch(() => socket.close(4401))
    } else {
      caller
        ?.then((userId) => answer(socket, userId, frame))
        .catch((error: unknown) => socket.send(JSON.stringify({ type: 'error', message: String(error) })))
    }
  })
})
server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` }))
process.on('SIGTERM', () => {
  server.close()
  void Promise.resolve(database[Symbol.asyncDispose]()).finally(() => process.exit(0))
})

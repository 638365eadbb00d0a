import * as example from '@jarvis/contracts/examples.ts'
import { announced } from '@jarvis/contracts/notice-examples.ts'
import { serverFrames } from '@jarvis/contracts/server-frames.ts'
import { ClientFrame, closeCodes, heartbeatSeconds, type ServerFrame, socketProtocol } from '@jarvis/contracts/socket.ts'
import { z } from 'zod'
import { withRoom } from './open-answers.ts'
import { withPlainSchemas } from './plain-schemas.ts'

type ClientType = ClientFrame['type']
type ServerType = ServerFrame['type']
type Reply = { summary: string; example: Record<string, unknown> }

const { ids } = example

/** What a client may send, and what answers it directly. */
const asked: Record<ClientType, Reply & { answer: ServerType[] }> = {
  hello: { summary: 'Say who you are: first, within 5 s; again to renew', example: { token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' }, answer: ['ready'] },
  send: {
    summary: 'Send a message; its run’s events follow',
    example: { conversationId: ids.conversation, messageId: ids.question, content: 'Why are there two tides a day?' },
    answer: ['ack', 'error'],
  },
  subscribe: { summary: 'Follow a run from after an event', example: { runId: ids.run, after: 12 }, answer: ['ack', 'error'] },
  unsubscribe: { summary: 'Follow a run no longer', example: { runId: ids.run }, answer: ['ack', 'error'] },
  cancel: { summary: 'Stop a run', example: { runId: ids.run }, answer: ['ack', 'error'] },
  resume: {
    summary: 'Answer what a run waits for',
    example: {
      runId: ids.run,
      resume: [{ interruptId: 'call_1', status: 'resolved', payload: { approved: true, argsHash: example.interrupt.argsHash } }],
    },
    answer: ['ack', 'error'],
  },
  ping: { summary: 'Ask for a sign of life', example: {}, answer: ['pong'] },
}

const told: { [Type in ServerType]: Reply } = {
  ready: { summary: 'You may go on', example: { user: example.user, heartbeatSeconds } },
  ack: { summary: 'A frame was done', example: { id: '1', ...example.accepted } },
  pong: { summary: 'A sign of life', example: {} },
  user: { summary: 'The person’s role, plan or name changed', example: { user: example.user } },
  conversation: { summary: 'A conversation was made or changed, on whatever device', example: { conversation: example.conversation } },
  conversation_gone: { summary: 'A conversation was deleted', example: { conversationId: ids.conversation } },
  run: {
    summary: 'A run began, on whatever device',
    example: { conversationId: ids.conversation, runId: ids.run, messageId: ids.question, assistantMessageId: ids.answer },
  },
  approval: { summary: 'A run waits for the person, or no longer does', example: { runId: ids.run, state: 'waiting' } },
  announcements: {
    summary: 'What administrators tell everybody changed: this is all that is to be shown',
    example: { items: [announced] },
  },
  event: {
    summary: 'An event of a run: each once, in the order of `seq`',
    example: {
      conversationId: ids.conversation,
      runId: ids.run,
      seq: 4,
      event: { type: 'TEXT_MESSAGE_CONTENT', messageId: ids.answer, delta: 'The moon' },
    },
  },
  error: { summary: 'A frame was refused, or something failed', example: { id: '1', code: 'not_found', detail: 'There is no such run.' } },
}

const description =
  `One socket for each page. The subprotocol is \`${socketProtocol}\`; frames are JSON text of at most 1 MiB. A browser’s \`Origin\` must be allowed. ` +
  'No token goes into the address: `hello` carries it. A frame’s `id` comes back with its direct answer. Close codes: ' +
  Object.entries(closeCodes)
    .map(([name, code]) => `${code} ${name}`)
    .join(', ') +
  '. After 1001 and after a lost connection: connect again, and subscribe with the last `seq`; nothing is lost.'

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  // Inline: a reference would be read from the document's root.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-7', metadata: z.registry() })
  return io === 'output' ? withRoom(withPlainSchemas(rest)) : withPlainSchemas(rest)
}

/** A name of its own for each direction: `ready` is no client's frame, and both may have a `run`. */
const received = (type: string) => `client.${type}`
const sent = (type: string) => `server.${type}`
const inChannel = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` })

/** The socket as an AsyncAPI 3 document, made of the contract's frames. `receive` is what the server takes. */
export function describeSocket({ version, host, isSecure }: { version: string; host: string; isSecure: boolean }) {
  const frames = new Map(ClientFrame.options.map((schema) => [schema.shape.type.value, schema]))
  const message = (name: string, type: string, { summary, example }: Reply, payload: object) => [
    name,
    { name: type, title: type, summary, contentType: 'application/json', payload, examples: [{ payload: { type, ...example } }] },
  ]
  const messages = Object.fromEntries([
    ...Object.entries(asked).map(([type, reply]) => message(received(type), type, reply, schemaOf(frames.get(type as ClientType)!, 'input'))),
    ...Object.entries(told).map(([type, reply]) => message(sent(type), type, reply, schemaOf(serverFrames[type as ServerType], 'output'))),
  ]) as Record<string, object>
  const direct = new Set(Object.values(asked).flatMap(({ answer }) => answer))
  const channel = { $ref: '#/channels/socket' }
  const operations = [
    ...Object.entries(asked).map(([type, { summary, answer }]) => [
      type,
      {
        action: 'receive',
        channel,
        summary,
        description: `Answered by ${answer.map((one) => `\`${one}\``).join(' or ')}, with the frame’s \`id\`.`,
        messages: [inChannel(received(type))],
        reply: { channel, messages: answer.map((one) => inChannel(sent(one))) },
      },
    ]),
    ...Object.entries(told)
      .filter(([type]) => type === 'error' || !direct.has(type as ServerType))
      .map(([type, { summary }]) => [
        `tell.${type}`,
        { action: 'send', channel, summary, description: 'The server sends it by itself.', messages: [inChannel(sent(type))] },
      ]),
  ]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Jarvis socket',
      version,
      description,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      contact: { name: 'The administrator of this installation' },
      tags: [{ name: 'chat', description: 'Conversations, messages, and the runs that answer them.' }],
    },
    id: 'urn:jarvis:socket',
    defaultContentType: 'application/json',
    servers: { installation: { host, protocol: isSecure ? 'wss' : 'ws', description: 'This installation' } },
    channels: {
      socket: {
        address: '/api/v1/ws',
        title: 'The socket',
        messages: Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: {
          ws: { method: 'GET', headers: { type: 'object', properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: socketProtocol } } } },
        },
      },
    },
    operations: Object.fromEntries(operations) as object,
    components: { messages },
  }
}

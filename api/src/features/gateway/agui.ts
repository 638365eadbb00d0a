import { RunAgentInputSchema } from '@ag-ui/core/schemas'
import { ResumeBody } from '@jarvis/contracts/approvals.ts'
import { messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { messageFilesMax } from '@jarvis/contracts/files.ts'
import type { Failure } from '@jarvis/contracts/errors.ts'
import { errorEvent } from '@jarvis/contracts/run.ts'
import { Id } from '@jarvis/contracts/text.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { v5 } from 'uuid'
import type { z } from 'zod'
import { acceptedOf, type Chat } from '#features/chat/index.ts'
import type { Brought, Files } from '#features/files/index.ts'
import type { Runs } from '#features/runs/index.ts'
import { signedIn } from '#http/caller.ts'
import { tellRateLimit, writeRateLimit } from '#http/rate-limit.ts'
import { eventStream, requireStreamRoom, sendSse, sseEvents, type SseSource } from '#http/sse.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { badRequest, faultsOf } from '#lib/plain-issues.ts'
import { unstorableIn } from '#lib/storable.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { WindowsOf } from '#ports/limits/rate-limit.ts'

export type AguiDeps = {
  chat: Pick<Chat, 'accept' | 'resume' | 'pausedFor' | 'conversations'>
  files: Pick<Files, 'bring'>
  runs: Pick<Runs, 'cancel' | 'follow'>
  limits: Limits
  windowsOf: WindowsOf
}

const runAgentInput: RunAgentInput = {
  threadId: 'a-thread',
  runId: 'run-1',
  messages: [{ id: 'message-1', role: 'user', content: 'Why are there two tides a day?' }],
  tools: [],
  context: [],
  state: {},
  forwardedProps: {},
}

type RunAgentInput = z.infer<typeof RunAgentInputSchema>

/** `POST /agui`: any AG-UI 1.0 client talks to the same runs. Its thread is a conversation, its newest user message the question. */
export function aguiRoutes({ chat, files, runs, limits, windowsOf }: AguiDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: 'POST',
      url: '/api/v1/agui',
      config: { who: ['person', 'key:chat'], isStream: true, describes: { isLimited: true, answer: eventStream, bodyExample: runAgentInput } },
      onSend: tellRateLimit(limits, ({ caller }) => (caller ? windowsOf(caller) : [])),
      schema: {
        tags: ['chat'],
        operationId: 'runAgent',
        summary: 'Run the agent, as AG-UI',
        description:
          'AG-UI 1.0: takes a RunAgentInput, answers Server-Sent Events. The thread’s history is kept here; only the newest user message is read, with `context` as text from outside, or, with `resume`, the answers to what the thread’s paused run asked. Its `image` and `document` parts are kept as files of the person when they come as data. A client’s own `tools` and `state`, and all other parts, are refused: 400. Closing the connection stops the run. At most 16 MiB.',
        body: RunAgentInputSchema,
      },
      handler: async (request, reply) => {
        const caller = signedIn(request)
        const input = request.body as RunAgentInput
        requireStreamRoom(request)
        refuseWhatIsNotUsed(input)
        const conversationId = asId(input.threadId, caller.userId)
        const { runId } = input.resume?.length
          ? await resume(caller, conversationId, input)
          : await ask(caller, conversationId, input, request, reply)

        // A client that aborts closes its connection; one whose stream has ended, or that we end, does not stop anything.
        reply.raw.on('close', () => {
          if (reply.raw.writableEnded) return
          runs.cancel(caller, runId).catch((error: unknown) => request.log.error({ err: error, runId }, 'an aborted run could not be stopped'))
        })
        const source: SseSource = async (signal) => {
          const { events } = await runs.follow(caller, runId, 0, signal)
          return sseEvents(events, (json) => underClientIds(json, input))
        }
        // Of AG-UI's own events the one that says so; the run itself may go on.
        const failed = (problem: Failure) => ({ data: JSON.stringify(errorEvent(problem)) })
        await sendSse(request, reply, source, failed)
      },
    })
  }

  async function ask(
    caller: Caller,
    conversationId: string,
    input: RunAgentInput,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ runId: string }> {
    const question = questionOf(input)
    await chat.conversations.ensure(caller, conversationId)
    const messageId = asId(question.id, conversationId)
    const brought = await files.bring(caller, question.files, request.signal)
    const acceptance = await chat.accept(caller, conversationId, { messageId, content: question.text, context: question.context, brought })
    if (acceptance.admission) writeRateLimit(reply, acceptance.admission)
    return acceptedOf(acceptance)
  }

  async function resume(caller: Caller, conversationId: string, { resume: entries = [] }: RunAgentInput): Promise<{ runId: string }> {
    const read = ResumeBody.safeParse({ resume: entries.map(({ interruptId, status, payload }) => ({ interruptId, status, payload })) })
    if (!read.success) throw new AppError('invalid_request', 'resume holds an answer that cannot be read.', { errors: faultsOf(read.error) })
    const paused = await chat.pausedFor(caller, conversationId, read.data.resume[0]!.interruptId)
    return await chat.resume(caller, paused, read.data.resume)
  }
}

/** What a client offers and Jarvis would not use is refused aloud, so that nobody waits for it. */
function refuseWhatIsNotUsed({ threadId, runId, tools, state }: RunAgentInput): void {
  const faults: [string, boolean, string][] = [
    ['threadId', threadId === '' || !threadId.isWellFormed(), 'must be text, and not empty'],
    ['runId', runId === '' || !runId.isWellFormed(), 'must be text, and not empty'],
    ['tools', tools.length > 0, 'are not used, as Jarvis calls its own tools only: send an empty list'],
    ['state', !isEmpty(state), 'is not used: send none, or an empty one'],
  ]
  const errors = faults.flatMap(([path, isFault, message]) => (isFault ? [{ path, message }] : []))
  if (errors.length > 0) throw new AppError('invalid_request', `${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}.`, { errors })
}

const isEmpty = (state: unknown) =>
  state === undefined || state === null || state === '' || (typeof state === 'object' && Object.keys(state).length === 0)

type Question = { id: string; text: string; files: Brought[]; context: string | undefined }

function questionOf({ messages, context }: RunAgentInput): Question {
  const newest = messages.findLast(({ role }) => role === 'user')
  if (newest?.role !== 'user') throw new AppError('invalid_request', 'messages holds no user message to answer.')
  const parts = typeof newest.content === 'string' ? [{ type: 'text' as const, text: newest.content }] : newest.content
  const brought = parts.flatMap((part) => (part.type === 'text' ? [] : [fileIn(part)]))
  if (brought.length > messageFilesMax) throw unread(`A message may have at most ${messageFilesMax} pictures and documents.`)
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
  const told = context.map(({ description, value }) => `- ${description}: ${value}`).join('\n')
  if (text.trim() === '' && brought.length === 0) throw new AppError('invalid_request', 'The newest user message has no text.')
  requireStorable({ 'messages.content': text, 'messages.id': newest.id, context: told })
  if (text.length + told.length > messageCharactersMax)
    throw new AppError('payload_too_large', `A message may have at most ${messageCharactersMax} characters.`)
  return { id: newest.id, text, files: brought, context: told === '' ? undefined : told }
}

type Part = Exclude<Extract<RunAgentInput['messages'][number], { role: 'user' }>['content'], string>[number]

/** Nothing is fetched for a client: what is to be seen or read comes with the message. @throws invalid_request */
function fileIn(part: Exclude<Part, { type: 'text' }>): Brought {
  const { type, source } = part
  if (type !== 'image' && type !== 'document') throw unread(`A part of type "${type}" cannot be read here: send text, an image or a document.`)
  if (source.type !== 'data') throw unread(`Send the ${type} within the message, as "data" in base64: nothing is fetched for a client.`)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(source.value)) throw unread(`The ${type} is not in base64.`)
  return { name: nameOf(part), base64: source.value, isPicture: type === 'image' }
}

function nameOf({ type, metadata, source }: Exclude<Part, { type: 'text' }>): string {
  const { filename, name = filename } = (metadata ?? {}) as { filename?: unknown; name?: unknown }
  return typeof name === 'string' && name !== '' ? name : `${type}.${source.mimeType?.split('/').at(-1) ?? 'bin'}`
}

const unread = (message: string) => new AppError('invalid_request', message, { errors: [{ path: 'messages', message }] })

/** What the chat's own door refuses of a text, in the same words. */
function requireStorable(texts: Record<string, string>): void {
  // Two messages without an id would be one.
  const fault = texts['messages.id'] === '' ? { path: 'messages.id', message: 'must not be empty' } : unstorableIn(texts)
  if (fault) throw badRequest([fault], 'The message')
}

/** Clients name threads and messages as they like; ours are UUIDs, the same for the same name and owner. */
const asId = (name: string, owner: string) => (Id.safeParse(name).success ? name.toLowerCase() : v5(name, owner))

/** The first and the last event carry the ids that the client chose. */
function underClientIds(json: string, { threadId, runId }: RunAgentInput): string {
  if (!json.startsWith('{"type":"RUN_STARTED"') && !json.startsWith('{"type":"RUN_FINISHED"')) return json
  return JSON.stringify({ ...(JSON.parse(json) as object), threadId, runId })
}

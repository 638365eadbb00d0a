import { RunAgentInputSchema } from '@ag-ui/core/schemas'
import { messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { Id } from '@jarvis/contracts/text.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { v5 } from 'uuid'
import type { z } from 'zod'
import type { Chat } from '#features/chat/index.ts'
import { signedIn } from '#http/caller.ts'
import { openSse } from '#http/sse.ts'
import { AppError } from '#lib/app-error.ts'

type RunAgentInput = z.infer<typeof RunAgentInputSchema>

/** `POST /agui`: any AG-UI 1.0 client talks to the same runs. Its thread is a conversation, its newest user message the question. */
export function aguiRoutes(chat: Pick<Chat, 'accept' | 'runs' | 'conversations'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.route({
      method: 'POST',
      url: '/api/v1/agui',
      schema: {
        tags: ['chat'],
        description:
          'AG-UI 1.0: takes a RunAgentInput, answers Server-Sent Events. The thread’s history is kept here; only the newest user message is read.',
        body: RunAgentInputSchema,
      },
      handler: async (request, reply) => {
        const caller = signedIn(request)
        const input = request.body as RunAgentInput
        const question = questionOf(input)
        const conversationId = asId(input.threadId, caller.userId)
        await chat.conversations.ensure(caller, conversationId)
        const messageId = asId(question.id, conversationId)
        const { runId } = await chat.accept(caller, conversationId, { messageId, content: question.text }, reply)

        const stream = openSse(request, reply)
        const { events } = await chat.runs.follow(caller, runId, 0, stream.signal)
        for await (const batch of events) for (const { seq, json } of batch) await stream.send(underClientIds(json, input), seq)
        stream.end()
      },
    })
  }
}

function questionOf({ threadId, runId, messages }: RunAgentInput): { id: string; text: string } {
  if (threadId === '' || runId === '') throw new AppError('invalid_request', 'threadId and runId must not be empty.')
  const newest = messages.findLast(({ role }) => role === 'user')
  if (newest?.role !== 'user') throw new AppError('invalid_request', 'messages holds no user message to answer.')
  const text =
    typeof newest.content === 'string' ? newest.content : newest.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
  if (text.trim() === '' || text.includes('\u0000') || !text.isWellFormed())
    throw new AppError('invalid_request', 'The newest user message holds no text that can be read.')
  if (text.length > messageCharactersMax) throw new AppError('payload_too_large', `A message may have at most ${messageCharactersMax} characters.`)
  return { id: newest.id, text }
}

/** Clients name threads and messages as they like; ours are UUIDs, the same for the same name and owner. */
const asId = (name: string, owner: string) => (Id.safeParse(name).success ? name.toLowerCase() : v5(name, owner))

/** The first and the last event carry the ids that the client chose. */
function underClientIds(json: string, { threadId, runId }: RunAgentInput): string {
  if (!json.startsWith('{"type":"RUN_STARTED"') && !json.startsWith('{"type":"RUN_FINISHED"')) return json
  return JSON.stringify({ ...(JSON.parse(json) as object), threadId, runId })
}

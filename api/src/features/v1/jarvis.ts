import { type FinishReason, messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { messageFilesMax } from '@jarvis/contracts/files.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { Id } from '@jarvis/contracts/text.ts'
import { v5 } from 'uuid'
import { acceptedOf, type Chat, type Place } from '#features/chat/index.ts'
import type { Files } from '#features/files/index.ts'
import type { Runs } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Access } from '#lib/principal.ts'
import type { ModelImage } from '#ports/models/index.ts'
import type { Asked } from '#ports/limits/rate-limit.ts'
import type { Receipt, Whole } from './chat-answer.ts'
import type { Question } from './chat-request.ts'
import type { Delta } from './delta-queue.ts'
import { requireNamed, unsupported } from './unsupported.ts'

export const jarvis = 'jarvis'

export type JarvisDeps = {
  chat: Pick<Chat, 'accept' | 'conversations' | 'placeOf'>
  files: Pick<Files, 'bring'>
  runs: Pick<Runs, 'follow' | 'cancel'>
}
/** A question that is stored and whose run is in line. */
export type JarvisRun = { conversationId: string; runId: string; admission: Asked | null }

/** The whole assistant as a model: memory and tools of its own, in one conversation for each name that a client gives. */
export function createJarvis({ chat, files, runs }: JarvisDeps) {
  /** A history is not believed: it is found, or refused. @throws invalid_request */
  async function placeFor({ userId }: Access, { messages }: Question): Promise<Place | null> {
    const said = messages.slice(0, -1).filter(({ role }) => role !== 'system')
    if (said.length === 0) return null
    const texts = said.flatMap((message) =>
      message.role === 'user' || (message.role === 'assistant' && message.calls.length === 0) ? [{ role: message.role, text: message.text }] : [],
    )
    const withContext = (kept: string, repeated: string) => kept.startsWith(repeated + contextBelow)
    const place = texts.length === said.length ? await chat.placeOf(userId, texts, withContext) : null
    if (place) return place
    const message =
      'What was said before is no conversation that Jarvis kept: send it as it was, or the same `conversation` with each message, by any name.'
    throw new AppError('invalid_request', message, { errors: [{ path: 'conversation', message }] })
  }

  return {
    /** @throws invalid_request for what the assistant has of its own, and all that a message may be refused for */
    async ask(caller: Access, question: Question, conversation: string | undefined, signal: AbortSignal): Promise<JarvisRun> {
      requireNamed(caller, jarvis)
      const { content, images } = contentOf(question)
      const place = conversation === undefined ? await placeFor(caller, question) : null
      const conversationId = place?.conversationId ?? (conversation === undefined ? newId() : idOf(conversation, caller.userId))
      await chat.conversations.ensure(caller, conversationId)
      const pictures = images.map(({ mediaType, base64 }) => ({ name: `image.${mediaType.slice('image/'.length)}`, base64, isPicture: true }))
      const brought = await files.bring(caller, pictures, signal)
      const acceptance = await chat.accept(withoutModels(caller), conversationId, {
        messageId: newId(),
        content,
        brought,
        ...(place && { parentId: place.messageId }),
        ...(question.effort && { effort: question.effort }),
      })
      return { conversationId, runId: acceptedOf(acceptance).runId, admission: acceptance.admission }
    },

    /** What it says, as it comes, and the whole at the end. Leaving early stops the run. @throws what the run failed with */
    async *follow(caller: Access, { runId }: JarvisRun, signal: AbortSignal): AsyncGenerator<Delta[], Whole & { model: string }> {
      const stop = () => void runs.cancel(caller, runId).catch(() => undefined)
      signal.addEventListener('abort', stop, { once: true })
      try {
        const told = createTelling()
        const { events } = await runs.follow(caller, runId, 0, signal)
        for await (const batch of events) {
          const deltas = batch.flatMap(({ json }) => told.add(JSON.parse(json) as RunEvent))
          if (deltas.length > 0) yield deltas
        }
        signal.throwIfAborted()
        return told.whole()
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
  }
}

/** Who may name the assistant leaves the choice of its model to the router. */
const withoutModels = ({ apiKey, ...caller }: Access): Access => ({ ...caller, ...(apiKey && { apiKey: { ...apiKey, models: null } }) })

/** Clients name conversations as they like; ours are UUIDs, the same for the same name and person. */
const idOf = (name: string, owner: string) => (Id.safeParse(name).success ? name.toLowerCase() : v5(name, owner))

const contextBelow = '\n\nContext:\n'

/** What was said before is kept by Jarvis, where it is known who said it: what a client repeats of it would count as the person's own words. */
function contentOf({ messages, tools, wishes }: Question): { content: string; images: readonly ModelImage[] } {
  if (tools.length > 0) throw unsupported('tools', 'The assistant calls its own tools only: leave tools out, or choose a model by its id.')
  if (wishes.format) throw unsupported('response_format', 'The assistant answers in text: leave response_format out, or choose a model by its id.')
  const newest = messages.at(-1)
  if (newest?.role !== 'user')
    throw new AppError('invalid_request', 'The last message has to be the user’s.', {
      errors: [{ path: 'messages', message: 'ends with no user message' }],
    })
  const { images = [] } = newest
  if (images.length > messageFilesMax) throw unsupported('messages', `A message may have at most ${messageFilesMax} images.`)
  const rules = messages.flatMap((message) => (message.role === 'system' ? [message.text] : [])).join('\n')
  const text = rules === '' ? newest.text : newest.text + contextBelow + rules
  if ((newest.text.trim() === '' && images.length === 0) || text.includes('\u0000') || !text.isWellFormed())
    throw new AppError('invalid_request', 'The last message holds no text that can be read.')
  if (text.length > messageCharactersMax) throw new AppError('payload_too_large', `A message may have at most ${messageCharactersMax} characters.`)
  return { content: text, images }
}

/** A run's events as deltas that are never taken back: what is told anew after a break is not sent twice. */
function createTelling() {
  let sent = ''
  let at = 0
  let whole: string | null = null
  let reasoning = ''
  let finishReason: FinishReason = 'stop'
  const used = { inputTokens: 0, outputTokens: 0, isEstimate: false }
  const receipt: Receipt = { costMicroUsd: 0, cached: false, reason: '' }

  function toText(delta: string): Delta[] {
    const fresh = at + delta.length <= sent.length ? '' : delta.slice(Math.max(0, sent.length - at))
    at += delta.length
    sent += fresh
    return fresh === '' ? [] : [{ type: 'text', delta: fresh }]
  }

  return {
    add(event: RunEvent): Delta[] {
      if (event.type === 'TEXT_MESSAGE_CONTENT') return toText(event.delta)
      if (event.type === 'REASONING_MESSAGE_CONTENT') {
        reasoning += event.delta
        return [{ type: 'reasoning', delta: event.delta }]
      }
      if (event.type === 'TEXT_MESSAGE_END') {
        whole = event.content ?? whole
        finishReason = event.finishReason ?? 'stop'
      }
      if (event.type === 'CUSTOM' && event.name === 'rewind') at = event.value.length
      if (event.type === 'CUSTOM' && event.name === 'route') receipt.reason = event.value.reason
      if (event.type === 'CUSTOM' && event.name === 'cost') receipt.costMicroUsd = event.value.costMicroUsd
      if (event.type === 'RUN_ERROR') throw new AppError(event.code, event.message)
      if (event.type === 'RUN_FINISHED') {
        for (const { inputTokens = 0, outputTokens = 0 } of event.usage ?? []) {
          used.inputTokens += inputTokens
          used.outputTokens += outputTokens
        }
        if (event.outcome?.type === 'interrupt') {
          const note = `${sent === '' ? '' : '\n\n'}This waits for your approval: give it in Jarvis, in this conversation.`
          whole = (whole ?? sent) + note
          at = sent.length
          return toText(note)
        }
      }
      return []
    },
    whole: (): Whole & { model: string } => ({ text: whole ?? sent, reasoning, calls: [], finishReason, model: jarvis, used, receipt }),
  }
}

import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import { randomUUID } from 'node:crypto'
import { parseObject } from '#lib/parse-object.ts'
import type { ModelAnswer, ModelSink } from './index.ts'
import { ProviderError } from './provider-error.ts'

// All of it is the provider's word: every field may be missing or of another type.

type ToolCallFragment = { index?: unknown; id?: unknown; function?: { name?: unknown; arguments?: unknown } | null }
type Delta = Record<string, unknown>
type Choice = { index?: unknown; delta?: Delta | null; message?: Delta | null; finish_reason?: unknown }
type Usage = {
  prompt_tokens?: unknown
  completion_tokens?: unknown
  prompt_tokens_details?: { cached_tokens?: unknown } | null
  completion_tokens_details?: { reasoning_tokens?: unknown } | null
}
/** A chunk of a stream, or a whole answer: they differ in `delta` and `message`. */
type Completion = { model?: unknown; choices?: unknown; usage?: Usage | null; error?: unknown }

/** `id` is ours where the provider gave two calls of one answer the same. */
type OpenCall = { id: string; given: string; name: string; args: string; told: number; started: boolean }

const answerCharactersMax = 4 * 1024 * 1024
const toolCallsMax = 128

/** Collects an answer and tells the sink of each part as it comes. A tool call leaves only in one piece. */
export function createAnswerReader(sink: ModelSink | undefined, redact: (text: string) => string) {
  let text = ''
  let finishReason = ''
  let model = ''
  let usage: Usage | undefined
  let done = false
  let streamed = false
  let characters = 0
  const calls: OpenCall[] = []
  const byIndex = new Map<number, OpenCall>()

  // A provider that says so itself before its first word bills nothing.
  const failed = (key: SentenceKey, cause?: unknown) => new ProviderError(key, {}, { streamed, lost: streamed || !cause, cause })

  function count(length: number): void {
    characters += length
    if (characters > answerCharactersMax) throw failed('upstream_failed.too_long')
  }

  function addText(delta: string): void {
    count(delta.length)
    text += delta
    streamed = true
    sink?.text(delta)
  }

  /** By index; but some providers leave it out, and some give every call the same. */
  function callOf(index: unknown, id: string): OpenCall {
    const known = typeof index === 'number' ? byIndex.get(index) : calls.at(-1)
    if (known && (id === '' || known.given === id)) return known
    if (calls.length === toolCallsMax) throw failed('upstream_failed.too_many_calls')
    const isTaken = id === '' || calls.some((call) => call.id === id)
    const call = { id: isTaken ? `call_${randomUUID()}` : id, given: id, name: '', args: '', told: 0, started: false }
    calls.push(call)
    if (typeof index === 'number') byIndex.set(index, call)
    return call
  }

  function addToolCall(fragment: ToolCallFragment | null, position: number | undefined): void {
    const call = callOf(fragment?.index ?? position, string(fragment?.id))
    const args = string(fragment?.function?.arguments)
    call.name ||= string(fragment?.function?.name)
    call.args += args
    count(args.length + 1)
    if (call.name === '') return
    streamed = true
    if (!call.started) sink?.toolCallStart(call.id, call.name)
    call.started = true
    if (call.args.length > call.told) sink?.toolCallArgs(call.id, call.args.slice(call.told))
    call.told = call.args.length
  }

  return {
    /** Takes a chunk; tells whether it carried part of the answer, or of the thought before it. */
    add(value: unknown): boolean {
      if (typeof value !== 'object' || value === null) throw failed('upstream_failed.unreadable')
      const completion = value as Completion
      if (completion.error) {
        throw failed('upstream_failed.in_answer', new Error(redact(JSON.stringify(completion.error))))
      }
      model ||= string(completion.model)
      usage = completion.usage ?? usage
      const choices = Array.isArray(completion.choices) ? (completion.choices as (Choice | undefined)[]) : []
      // One answer was asked for; a second one must not be mixed into it.
      const choice = choices.find((one) => !one?.index)
      if (!choice) return false
      finishReason ||= string(choice.finish_reason)
      const delta = choice.delta ?? choice.message
      if (!delta) return false
      const words = string(delta.content) || string(delta.refusal)
      if (words !== '') addText(words)
      const fragments = Array.isArray(delta.tool_calls) ? (delta.tool_calls as (ToolCallFragment | null)[]) : []
      for (const [position, fragment] of fragments.entries()) addToolCall(fragment, choice.message ? position : undefined)
      return words !== '' || fragments.length > 0 || carriesThought(delta)
    },

    /** Whether nothing of the answer is missing any more. */
    get complete() {
      return done || finishReason !== ''
    },
    markDone: () => void (done = true),
    get streamed() {
      return streamed
    },

    /** The whole answer. A call whose arguments are no JSON object is malformed. @throws upstream_failed when it did not come to its end */
    finish(): ModelAnswer {
      if (finishReason === '' && (!done || calls.length > 0)) throw failed('upstream_failed.broke_off')
      if (calls.some(({ name }) => name === '')) throw failed('upstream_failed.call_invalid')
      const read = calls.map((call) => ({ ...call, object: call.args.trim() === '' ? {} : parseObject(call.args) }))
      const malformed = read.filter(({ object }) => object === null)
      // A limit cuts the last call off in the middle: that is no mistake of the model's to mend.
      if (malformed.length > 0 && finishReason === 'length') throw failed('upstream_failed.call_broke_off')
      return {
        text,
        calls: read.map(({ id, name, args, object }) => ({ id, name, args: object ?? {}, ...(object === null && { malformed: args }) })),
        usage: usage ? toUsage(usage) : null,
        model,
        finishReason: finishReason || 'stop',
      }
    },
  }
}

const string = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Reasoning models send their thought under names of their own before the first word. */
function carriesThought(delta: Delta): boolean {
  for (const key in delta) if (key !== 'role' && string(delta[key]) !== '') return true
  return false
}

function toUsage({ prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details }: Usage): ModelAnswer['usage'] {
  const [inputTokens, outputTokens] = [tokens(prompt_tokens), tokens(completion_tokens)]
  if (inputTokens === undefined || outputTokens === undefined) return null
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: Math.min(tokens(prompt_tokens_details?.cached_tokens) ?? 0, inputTokens),
    reasoningTokens: tokens(completion_tokens_details?.reasoning_tokens) ?? 0,
  }
}

const tokens = (value: unknown) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined)

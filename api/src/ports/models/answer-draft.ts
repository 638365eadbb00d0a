import type { SentenceKey } from '@jarvis/contracts/sentences.ts'
import { randomUUID } from 'node:crypto'
import { parseObject } from '#lib/parse-object.ts'
import type { Finish, ModelAnswer, ModelSink, ModelUsage } from './index.ts'
import { ProviderError } from './provider-error.ts'
import { createThoughtSplitter } from './thought-splitter.ts'

/** `id` is ours where the provider gave none, or the same twice; `given` is what it gave. */
export type OpenCall = { id: string; given: string; name: string; args: string; untold: string; started: boolean }
export type Draft = ReturnType<typeof createDraft>

const answerCharactersMax = 4 * 1024 * 1024
const toolCallsMax = 128

/** Collects an answer, whatever protocol it came in, and tells the sink of each part as it comes. */
export function createDraft(sink: ModelSink | undefined) {
  let text = ''
  let reasoning = ''
  let finish: Finish | null = null
  let done = false
  let streamed = false
  let characters = 0
  let unknown: string | undefined
  const calls: OpenCall[] = []
  const splitter = createThoughtSplitter(toText, toReasoning)

  // A provider that says so itself before its first word bills nothing.
  const failed = (key: SentenceKey, cause?: unknown) => new ProviderError(key, {}, { streamed, lost: true, cause })

  function count(length: number): void {
    characters += length
    if (characters > answerCharactersMax) throw failed('upstream_failed.too_long')
  }

  function toText(delta: string): void {
    text += delta
    streamed = true
    sink?.text(delta)
  }

  function toReasoning(delta: string): void {
    reasoning += delta
    sink?.reasoning(delta)
  }

  function start(call: OpenCall): void {
    if (!call.started && call.name !== '') {
      call.started = true
      streamed = true
      sink?.toolCallStart(call.id, call.name)
    }
    if (!call.started || call.untold === '') return
    sink?.toolCallArgs(call.id, call.untold)
    call.untold = ''
  }

  return {
    model: '',
    usage: null as ModelUsage | null,
    /** What goes back to the provider with this answer; undefined for nothing. */
    attached: undefined as unknown,
    calls,

    /** Text as the model wrote it: a thought that stands between tags before it is told apart. */
    addMixed(delta: string): void {
      count(delta.length)
      splitter.push(delta)
    },
    addText(delta: string): void {
      count(delta.length)
      toText(delta)
    },
    addReasoning(delta: string): void {
      count(delta.length)
      toReasoning(delta)
    },

    beginCall(given: string, name: string): OpenCall {
      if (calls.length === toolCallsMax) throw failed('upstream_failed.too_many_calls')
      const last = calls.at(-1)
      if (last) start(last)
      const isTaken = given === '' || calls.some((call) => call.id === given)
      const call = { id: isTaken ? `call_${randomUUID()}` : given, given, name, args: '', untold: '', started: false }
      calls.push(call)
      count(name.length + 1)
      return call
    },
    /** A name may come in pieces until the first argument does: only then is the call shown. */
    addArgs(call: OpenCall, args: string): void {
      count(args.length + 1)
      call.args += args
      // Beside the whole: a cut of what grows would copy all of it for each piece.
      call.untold += args
      if (args !== '') start(call)
    },

    /** Part of an answer that nobody here knows: an answer that is nothing else is an error, never an empty text. */
    sawUnknown: (what: string) => void (unknown ??= what),
    end: (reason: Finish) => void (finish = reason),
    markDone: () => void (done = true),

    get hasEnded() {
      return finish !== null
    },
    /** Whether nothing of the answer is missing any more. */
    get complete() {
      return done || finish !== null
    },
    get streamed() {
      return streamed
    },
    /** Whether anything of it came, thoughts included: the provider will bill it. */
    get begun() {
      return streamed || reasoning !== ''
    },

    /** The whole answer. A call whose arguments are no JSON object is malformed. @throws upstream_failed when it did not come to its end */
    finish(to: string): ModelAnswer {
      splitter.end()
      for (const call of calls) start(call)
      const read = calls.map((call) => ({ ...call, object: call.args.trim() === '' ? {} : parseObject(call.args) }))
      const malformed = read.filter(({ object }) => object === null)
      if (finish === null && (!done || malformed.length > 0)) throw failed('upstream_failed.broke_off')
      if (calls.some(({ name }) => name === '')) throw failed('upstream_failed.call_invalid')
      // A limit cuts the last call off in the middle: that is no mistake of the model's to mend.
      if (malformed.length > 0 && finish === 'length') throw failed('upstream_failed.call_broke_off')
      if (unknown !== undefined && text === '' && calls.length === 0) throw failed('upstream_failed.unknown_content', new Error(unknown))
      return {
        text,
        reasoning,
        calls: read.map(({ id, name, args, object }) => ({ id, name, args: object ?? {}, ...(object === null && { malformed: args }) })),
        usage: this.usage,
        model: this.model,
        finishReason: finish ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
        attached: this.attached === undefined ? null : { to, value: this.attached },
      }
    },
  }
}

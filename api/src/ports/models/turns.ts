import { createHash } from 'node:crypto'
import type { CallStep } from '#lib/run-step.ts'
import type { Dialect, ModelMessage } from './index.ts'

// The messages of a request as turns that a template or a protocol can take, whatever failed or was stopped before.

/** What stands where an assistant's message would come first, or two things of one side would meet. */
const goOn = 'Go on from here.'
const separator = '\n\n'

/** The same messages, joined and rendered as the dialect wants them. What needs no change is the same object: it is rendered once. */
export function asTurns(
  messages: readonly ModelMessage[],
  dialect: Pick<Dialect, 'alternateRoles' | 'tools' | 'system' | 'callIds'>,
): readonly ModelMessage[] {
  let turns = messages
  if (dialect.callIds === 'nine') turns = turns.map(withNineLetters)
  if (!dialect.tools && turns.some((message) => message.role === 'tool' || (message.role === 'assistant' && message.calls.length > 0)))
    turns = turns.map(withoutTools)
  if (dialect.system === 'user') turns = turns.map((message) => (message.role === 'system' ? { role: 'user' as const, text: message.text } : message))
  return dialect.alternateRoles ? alternating(turns) : turns
}

/** Messages come again at every step of a run: each is changed once. */
const changed = new WeakMap<ModelMessage, ModelMessage>()

/** Another provider's ids, or a client's, in nine letters and digits: the same one for the same id, so that a result still meets its call. */
function withNineLetters(message: ModelMessage): ModelMessage {
  if (message.role === 'tool' ? isNine.test(message.callId) : message.role !== 'assistant' || message.calls.every(({ id }) => isNine.test(id)))
    return message
  let after = changed.get(message)
  if (!after) {
    if (message.role === 'tool') after = { ...message, callId: nineOf(message.callId) }
    else if (message.role === 'assistant') after = { ...message, calls: message.calls.map((call) => ({ ...call, id: nineOf(call.id) })) }
    else after = message
    changed.set(message, after)
  }
  return after
}

const isNine = /^[A-Za-z0-9]{9}$/
/** The same id, where a model takes nine letters and digits alone. */
export const nineOf = (id: string) =>
  isNine.test(id)
    ? id
    : BigInt(`0x${createHash('sha256').update(id).digest('hex')}`)
        .toString(36)
        .slice(0, 9)
        .padEnd(9, '0')

function alternating(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const turns: ModelMessage[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    const joined = last && join(last, message)
    if (joined) turns[turns.length - 1] = joined
    else {
      if (message.role === 'assistant' && (!last || last.role === 'system')) turns.push({ role: 'user', text: goOn })
      turns.push(message)
    }
  }
  return turns
}

function join(last: ModelMessage, next: ModelMessage): ModelMessage | null {
  if (last.role === 'system' && next.role === 'system') return { role: 'system', text: both(last.text, next.text) }
  if (last.role === 'user' && next.role === 'user') {
    const images = [...(last.images ?? []), ...(next.images ?? [])]
    return { role: 'user', text: both(last.text, next.text), ...(images.length > 0 && { images }) }
  }
  // Calls are answered by what follows them: nothing is joined behind them.
  if (last.role === 'assistant' && next.role === 'assistant' && last.calls.length === 0) {
    return { ...next, text: both(last.text, next.text), attached: next.attached ?? null }
  }
  return null
}

const both = (one: string, other: string) => [one, other].filter((text) => text !== '').join(separator)

/** For a model that knows no tools: what was called, and what came of it, as words. */
function withoutTools(message: ModelMessage): ModelMessage {
  if (message.role === 'tool') return { role: 'user', text: `Result of the tool:\n${message.text}` }
  if (message.role !== 'assistant' || message.calls.length === 0) return message
  return { role: 'assistant', text: both(message.text, message.calls.map(inWords).join('\n')), calls: [] }
}

const inWords = ({ name, args }: CallStep) => `[called ${name} with ${JSON.stringify(args)}]`

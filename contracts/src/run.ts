import type { EventType, Interrupt as AguiInterrupt, RunErrorEvent, RunFinishedEvent, RunStartedEvent } from '@ag-ui/core'
import type { Interrupt } from './approvals.ts'
import type { Citation, FinishReason, GivenFile, Message, RecalledMemory, RouteValue, Usage } from './chat.ts'
import type { ErrorCode, Failure, Params } from './errors.ts'
import {
  changeCalls,
  cutParts,
  flatOf,
  type Part,
  partCharactersMax,
  partsMax,
  roomOf,
  type ToolCallPart,
  toolCallsOf,
  type ImagePart,
  withCall,
  withImage,
  withReasoning,
  withResult,
  withText,
  withWholeText,
} from './parts.ts'

type Typed<Type extends keyof typeof EventType, Fields> = { type: `${Type}` } & Fields
type Custom<Name extends string, Value> = Typed<'CUSTOM', { name: Name; value: Value }>

export type GuardValue = { channel: 'user' | 'tool_output'; score: number; action: 'allow' | 'flag' | 'block' }

/** How a call came out, where that is not plain success, and how long it ran. */
export type ResultMetadata = { failed?: boolean; denied?: boolean; durationMs?: number }

/** A run's events: AG-UI 1.0, and our own names inside AG-UI's `CUSTOM`. Exactly one of RUN_FINISHED and RUN_ERROR comes, last. */
export type RunEvent =
  | Typed<'RUN_STARTED', Omit<RunStartedEvent, 'type'>>
  | Typed<'TEXT_MESSAGE_START', { messageId: string; role: 'assistant' }>
  | Typed<'TEXT_MESSAGE_CONTENT', { messageId: string; delta: string }>
  /** `content` is the whole text and counts, whatever its pieces said; so are the `args` of a call. */
  | Typed<'TEXT_MESSAGE_END', { messageId: string; content?: string; finishReason?: FinishReason | null }>
  | Typed<'REASONING_START' | 'REASONING_MESSAGE_END' | 'REASONING_END', { messageId: string }>
  | Typed<'REASONING_MESSAGE_START', { messageId: string; role: 'reasoning' }>
  | Typed<'REASONING_MESSAGE_CONTENT', { messageId: string; delta: string }>
  | Typed<'TOOL_CALL_START', { toolCallId: string; toolCallName: string; parentMessageId: string }>
  | Typed<'TOOL_CALL_ARGS', { toolCallId: string; delta: string }>
  | Typed<'TOOL_CALL_END', { toolCallId: string; args?: string }>
  | Typed<'TOOL_CALL_RESULT', { messageId: string; toolCallId: string; content: string; role: 'tool'; metadata?: ResultMetadata }>
  | Typed<'STEP_STARTED', { stepName: string }>
  | Typed<'STEP_FINISHED', { stepName: string }>
  | Custom<'route', RouteValue>
  | Custom<'guard', GuardValue>
  | Custom<'memory', { memories: RecalledMemory[]; note?: string; full?: boolean }>
  | Custom<'screenshot', { toolCallId: string; url: string }>
  /** A picture that the call made, as a file of the person’s. */
  | Custom<'image', Required<Omit<ImagePart, 'type'>>>
  | Custom<'sources', { items: { title: string; url: string }[] }>
  /** Each before the text that names it. */
  | Custom<'citations', { items: Citation[] }>
  | Custom<'files', { items: GivenFile[] }>
  | Custom<'rewind', { messageId: string; length: number }>
  | Custom<'cost', { costMicroUsd: number; cached: boolean }>
  | Typed<'RUN_FINISHED', Omit<RunFinishedEvent, 'type'>>
  | Typed<'RUN_ERROR', Omit<RunErrorEvent, 'type' | 'code' | 'metadata'> & { code: ErrorCode; metadata?: { params: Params } }>

/** What a follower can know of an answer: its parts, the stored message's fields, and what the run tells beside them. */
export type Answer = Pick<
  Message,
  | 'content'
  | 'status'
  | 'model'
  | 'usage'
  | 'toolCalls'
  | 'sources'
  | 'citations'
  | 'files'
  | 'route'
  | 'memories'
  | 'interrupts'
  | 'error'
  | 'finishReason'
> & {
  parts: Part[]
  guard: GuardValue | null
}

export const emptyAnswer: Answer = {
  parts: [],
  content: '',
  status: 'streaming',
  model: null,
  usage: null,
  toolCalls: [],
  sources: [],
  error: null,
  finishReason: null,
  route: null,
  guard: null,
  memories: [],
  interrupts: [],
}

/** Folds one event into the answer; pure, and the same on every client. */
export function foldRunEvent(answer: Answer, event: RunEvent): Answer {
  switch (event.type) {
    case 'TEXT_MESSAGE_CONTENT': {
      // Each token passes here: the text is not put together anew from its parts.
      const delta = event.delta.slice(0, roomOf(answer.parts))
      return delta === '' ? answer : { ...answer, content: answer.content + delta, parts: withText(answer.parts, delta) }
    }
    case 'TEXT_MESSAGE_END': {
      const { content = answer.content, finishReason = answer.finishReason } = event
      return { ...(content === answer.content ? answer : withParts(answer, withWholeText(answer.parts, content))), finishReason }
    }
    case 'REASONING_MESSAGE_CONTENT':
      return { ...answer, parts: withReasoning(answer.parts, event.delta) }
    case 'TOOL_CALL_START':
      return answer.parts.length < partsMax ? withParts(answer, withCall(answer.parts, event.toolCallId, event.toolCallName)) : answer
    case 'TOOL_CALL_ARGS':
      return changeCall(answer, event.toolCallId, (call) => ({ ...call, args: (call.args + event.delta).slice(0, partCharactersMax) }))
    case 'TOOL_CALL_END':
      return changeCall(answer, event.toolCallId, (call) => ({ ...call, args: event.args ?? call.args }))
    case 'TOOL_CALL_RESULT': {
      const ended = changeCall(answer, event.toolCallId, (call) => ({
        ...call,
        status: statusOf(event.metadata),
        durationMs: event.metadata?.durationMs ?? null,
      }))
      return withParts(ended, withResult(ended.parts, event.toolCallId, event.content))
    }
    case 'CUSTOM':
      return foldCustom(answer, event)
    case 'RUN_FINISHED': {
      const usage = usageOf(answer, event.usage)
      if (event.outcome?.type === 'interrupt') return { ...waiting(answer, event.outcome.interrupts.map(fromAgui)), usage }
      return { ...settled(answer), status: event.outcome?.type === 'cancelled' ? 'stopped' : 'complete', usage }
    }
    case 'RUN_ERROR':
      return { ...settled(answer), status: 'failed', error: toFailure(event), usage: usageOf(answer, event.usage) }
    case 'RUN_STARTED':
    case 'TEXT_MESSAGE_START':
    case 'REASONING_START':
    case 'REASONING_MESSAGE_START':
    case 'REASONING_MESSAGE_END':
    case 'REASONING_END':
    case 'STEP_STARTED':
    case 'STEP_FINISHED':
      return answer
  }
}

function foldCustom(answer: Answer, event: Extract<RunEvent, { type: 'CUSTOM' }>): Answer {
  switch (event.name) {
    case 'route':
      return { ...answer, route: event.value, model: event.value.model }
    case 'guard':
      return { ...answer, guard: event.value }
    case 'memory':
      return { ...answer, memories: event.value.memories }
    case 'screenshot': {
      const { toolCallId, url } = event.value
      return changeCall(answer, toolCallId, (call) => ({ ...call, screenshot: url }))
    }
    case 'image':
      return { ...answer, parts: withImage(answer.parts, { type: 'image', ...event.value }) }
    case 'sources':
      return { ...answer, sources: [...answer.sources, ...event.value.items] }
    case 'citations': {
      const known = new Set(event.value.items.map(({ n }) => n))
      return { ...answer, citations: [...(answer.citations ?? []).filter(({ n }) => !known.has(n)), ...event.value.items] }
    }
    case 'files':
      return { ...answer, files: event.value.items }
    case 'rewind': {
      const { length } = event.value
      const rewound: Answer = { ...withParts(answer, cutParts(answer.parts, length)), status: 'streaming', finishReason: null }
      if (length > 0) return rewound
      const { citations: _gone, ...rest } = rewound
      return { ...rest, sources: [] }
    }
    case 'cost':
      return { ...answer, usage: { inputTokens: 0, outputTokens: 0, ...answer.usage, costMicroUsd: event.value.costMicroUsd } }
  }
}

const withParts = (answer: Answer, parts: Part[]): Answer => ({ ...answer, parts, ...flatOf(parts) })

/** The text stays as it is. */
function changeCall(answer: Answer, id: string, change: (call: ToolCallPart) => ToolCallPart): Answer {
  const parts = changeCalls(answer.parts, (call) => (call.id === id ? change(call) : call))
  return { ...answer, parts, toolCalls: toolCallsOf(parts) }
}

const statusOf = (metadata?: ResultMetadata) => (metadata?.denied ? 'denied' : metadata?.failed ? 'failed' : 'done')

function waiting(answer: Answer, interrupts: Interrupt[]): Answer {
  const asked = new Set(interrupts.map(({ toolCallId }) => toolCallId))
  const parts = changeCalls(answer.parts, (call) => (call.status === 'running' && asked.has(call.id) ? { ...call, status: 'waiting' } : call))
  const approvals = interrupts.map((interrupt): Part => ({ type: 'approval', interrupt }))
  return { ...settled(withParts(answer, [...parts, ...approvals])), status: 'waiting' }
}

/** What AG-UI has no field for is in its `metadata`. */
export function toAgui({ id, toolCallId, expiresAt, ...metadata }: Interrupt): AguiInterrupt {
  return { id, reason: 'tool_call', message: metadata.reason, toolCallId, expiresAt, metadata }
}

export function fromAgui({ id, toolCallId = '', expiresAt = '', metadata }: AguiInterrupt): Interrupt {
  return { id, toolCallId, expiresAt, ...(metadata as Omit<Interrupt, 'id' | 'toolCallId' | 'expiresAt'>) }
}

/** AG-UI's event of a failure; what it has no field for is in its `metadata`. */
export function errorEvent({ code, detail, params }: Failure): Extract<RunEvent, { type: 'RUN_ERROR' }> {
  return { type: 'RUN_ERROR', code, message: detail, ...(params && { metadata: { params } }) }
}

function toFailure({ code, message, metadata }: Extract<RunEvent, { type: 'RUN_ERROR' }>): Failure {
  return { code, detail: message, ...(metadata?.params && { params: metadata.params }) }
}

/** A call that had no result when the run ended will never get one. */
function settled(answer: Answer): Answer {
  return withParts(
    answer,
    changeCalls(answer.parts, (call) => (call.status === 'running' ? { ...call, status: 'cancelled' } : call)),
  )
}

function usageOf(answer: Answer, usage: RunFinishedEvent['usage']): Usage | null {
  if (!usage) return answer.usage
  const sum = (field: 'inputTokens' | 'outputTokens') => usage.reduce((total, entry) => total + (entry[field] ?? 0), 0)
  return { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens'), costMicroUsd: answer.usage?.costMicroUsd ?? 0 }
}

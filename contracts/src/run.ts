import type { EventType, Interrupt as AguiInterrupt, RunErrorEvent, RunFinishedEvent, RunStartedEvent } from '@ag-ui/core'
import type { Interrupt } from './approvals.ts'
import type { Message, RecalledMemory, RouteValue, ToolCall, Usage } from './chat.ts'
import type { ErrorCode } from './errors.ts'

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
  | Typed<'TEXT_MESSAGE_END', { messageId: string }>
  | Typed<'TOOL_CALL_START', { toolCallId: string; toolCallName: string; parentMessageId: string }>
  | Typed<'TOOL_CALL_ARGS', { toolCallId: string; delta: string }>
  | Typed<'TOOL_CALL_END', { toolCallId: string }>
  | Typed<'TOOL_CALL_RESULT', { messageId: string; toolCallId: string; content: string; role: 'tool'; metadata?: ResultMetadata }>
  | Typed<'STEP_STARTED', { stepName: string }>
  | Typed<'STEP_FINISHED', { stepName: string }>
  | Custom<'route', RouteValue>
  | Custom<'guard', GuardValue>
  | Custom<'memory', { memories: RecalledMemory[]; note?: string }>
  | Custom<'screenshot', { toolCallId: string; url: string }>
  | Custom<'sources', { items: { title: string; url: string }[] }>
  | Custom<'rewind', { messageId: string; length: number }>
  | Custom<'cost', { costMicroUsd: number; cached: boolean }>
  | Typed<'RUN_FINISHED', Omit<RunFinishedEvent, 'type'>>
  | Typed<'RUN_ERROR', Omit<RunErrorEvent, 'type' | 'code'> & { code: ErrorCode }>

/** What a follower can know of an answer: the stored message's fields, and what the run tells beside them. */
export type Answer = Pick<
  Message,
  'content' | 'status' | 'model' | 'usage' | 'toolCalls' | 'sources' | 'route' | 'memories' | 'interrupts' | 'error'
> & {
  guard: GuardValue | null
}

export const emptyAnswer: Answer = {
  content: '',
  status: 'streaming',
  model: null,
  usage: null,
  toolCalls: [],
  sources: [],
  error: null,
  route: null,
  guard: null,
  memories: [],
  interrupts: [],
}

/** Folds one event into the answer; pure, and the same on every client. */
export function foldRunEvent(answer: Answer, event: RunEvent): Answer {
  switch (event.type) {
    case 'TEXT_MESSAGE_CONTENT':
      return { ...answer, content: answer.content + event.delta }
    case 'TOOL_CALL_START': {
      const call: ToolCall = {
        id: event.toolCallId,
        name: event.toolCallName,
        args: '',
        result: null,
        status: 'running',
        offset: answer.content.length,
        durationMs: null,
        screenshot: null,
      }
      return { ...answer, toolCalls: [...answer.toolCalls.filter(({ id }) => id !== call.id), call] }
    }
    case 'TOOL_CALL_ARGS':
      return withToolCall(answer, event.toolCallId, (call) => ({ ...call, args: call.args + event.delta }))
    case 'TOOL_CALL_RESULT':
      return withToolCall(answer, event.toolCallId, (call) => ({
        ...call,
        result: event.content,
        status: statusOf(event.metadata),
        durationMs: event.metadata?.durationMs ?? null,
      }))
    case 'CUSTOM':
      return foldCustom(answer, event)
    case 'RUN_FINISHED': {
      const usage = usageOf(answer, event.usage)
      if (event.outcome?.type === 'interrupt') return { ...waiting(answer, event.outcome.interrupts.map(fromAgui)), usage }
      return { ...settled(answer), status: event.outcome?.type === 'cancelled' ? 'stopped' : 'complete', usage }
    }
    case 'RUN_ERROR':
      return { ...settled(answer), status: 'failed', error: { code: event.code, detail: event.message }, usage: usageOf(answer, event.usage) }
    case 'RUN_STARTED':
    case 'TEXT_MESSAGE_START':
    case 'TEXT_MESSAGE_END':
    case 'TOOL_CALL_END':
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
      return withToolCall(answer, toolCallId, (call) => ({ ...call, screenshot: url }))
    }
    case 'sources':
      return { ...answer, sources: [...answer.sources, ...event.value.items] }
    case 'rewind': {
      const { length } = event.value
      const toolCalls = answer.toolCalls.filter(({ offset }) => offset < length)
      const rewound: Answer = { ...answer, status: 'streaming', content: answer.content.slice(0, length), toolCalls, interrupts: [] }
      return length === 0 ? { ...rewound, sources: [] } : rewound
    }
    case 'cost':
      return { ...answer, usage: { inputTokens: 0, outputTokens: 0, ...answer.usage, costMicroUsd: event.value.costMicroUsd } }
  }
}

function withToolCall(answer: Answer, id: string, change: (call: ToolCall) => ToolCall): Answer {
  return { ...answer, toolCalls: answer.toolCalls.map((call) => (call.id === id ? change(call) : call)) }
}

const statusOf = (metadata?: ResultMetadata) => (metadata?.denied ? 'denied' : metadata?.failed ? 'failed' : 'done')

function waiting(answer: Answer, interrupts: Interrupt[]): Answer {
  const asked = new Set(interrupts.map(({ toolCallId }) => toolCallId))
  const toolCalls = answer.toolCalls.map((call) => (call.status === 'running' && asked.has(call.id) ? { ...call, status: 'waiting' as const } : call))
  return { ...settled({ ...answer, toolCalls }), status: 'waiting', interrupts }
}

/** What AG-UI has no field for is in its `metadata`. */
export function toAgui({ id, toolCallId, expiresAt, ...metadata }: Interrupt): AguiInterrupt {
  return { id, reason: 'tool_call', message: metadata.reason, toolCallId, expiresAt, metadata }
}

export function fromAgui({ id, toolCallId = '', expiresAt = '', metadata }: AguiInterrupt): Interrupt {
  return { id, toolCallId, expiresAt, ...(metadata as Omit<Interrupt, 'id' | 'toolCallId' | 'expiresAt'>) }
}

/** A call that had no result when the run ended will never get one. */
function settled(answer: Answer): Answer {
  return { ...answer, toolCalls: answer.toolCalls.map((call) => (call.status === 'running' ? { ...call, status: 'cancelled' } : call)) }
}

function usageOf(answer: Answer, usage: RunFinishedEvent['usage']): Usage | null {
  if (!usage) return answer.usage
  const sum = (field: 'inputTokens' | 'outputTokens') => usage.reduce((total, entry) => total + (entry[field] ?? 0), 0)
  return { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens'), costMicroUsd: answer.usage?.costMicroUsd ?? 0 }
}

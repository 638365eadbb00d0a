import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { CallStep, RunStep, StepOf } from '#lib/run-step.ts'
import type { ModelMessage } from '#ports/models/index.ts'
import type { AgentDeps, Thread } from './answering.ts'
import { callTool, finishTool, outcomeOf } from './call-tool.ts'

const goOn = 'Your answer broke off here. Go on exactly where it ends, in the middle of the word if need be: repeat nothing and add no introduction.'

type Settled = { call: CallStep; result: () => ModelMessage | null | Promise<ModelMessage | null> }

/**
 * Tells again what earlier attempts, and the runs that paused before this one, had finished; makes the calls that they had not; and returns
 * the messages to go on from.
 */
export async function replay(deps: AgentDeps, thread: Thread): Promise<{ messages: ModelMessage[]; modelCalls: number }> {
  const { steps, queue, usage, answering, provenance } = thread
  const messages: ModelMessage[] = []
  let modelCalls = 0
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'model') continue
    const { model, text, reasoning, attached } = step
    modelCalls++
    answering.model = model
    // What a run before this one paid for holds no tokens any more.
    if (step.inputTokens + step.outputTokens > 0) usage.add(model, step)
    if (reasoning) queue.sink.reasoning(reasoning)
    queue.sink.text(text)
    // Some providers give the calls of every answer the same ids: only the steps up to the next answer are about these.
    const next = steps.findIndex(({ kind }, at) => at > index && kind === 'model')
    const own = steps.slice(index + 1, next === -1 ? undefined : next)
    const taint = provenance.taint()
    const settled = step.calls.map((call) => settle(deps, thread, call, own, taint))
    for (const { call } of settled) {
      queue.sink.toolCallStart(call.id, call.name)
      queue.sink.toolCallArgs(call.id, call.malformed ?? JSON.stringify(call.args))
      queue.endToolCall(call.id)
    }
    const results = await Promise.all(settled.map(async ({ result }) => result()))
    messages.push(
      { role: 'assistant', text, calls: settled.map(({ call }) => call), ...(attached && { attached }) },
      ...results.filter((result) => result !== null),
    )
    // An answer that ended early, and that the person wants to go on.
    if (step.calls.length === 0) messages.push({ role: 'user', text: goOn })
  }
  return { messages, modelCalls }
}

/** Where one call stands: it has a result, acted without one, waits, was decided upon, or was never begun. */
function settle(deps: AgentDeps, thread: Thread, call: CallStep, own: RunStep[], taint: string | null): Settled {
  const about = own.filter((step) => (step.kind === 'waiting' ? step.interrupt.toolCallId : step.kind === 'model' ? '' : step.toolCallId) === call.id)
  const find = <Kind extends RunStep['kind']>(kind: Kind) => about.findLast((step): step is StepOf<Kind> => step.kind === kind)
  const [result, decision, waiting] = [find('tool'), find('decision'), find('waiting')]
  const decided = decision?.outcome === 'approved' ? { ...call, args: JSON.parse(decision.args) as Record<string, unknown> } : call
  if (result) {
    thread.provenance.recall(result)
    return { call: decided, result: () => finishTool(thread, result) }
  }
  if (find('acting')) return { call: decided, result: () => keep(thread, decided, unknownOutcome(decided), 'unknown') }
  if (!waiting) return { call, result: () => callTool(deps, thread, call, taint) }
  if (!decision) {
    thread.interrupts.push(waiting.interrupt)
    return { call, result: () => null }
  }
  const { outcome, edited } = decision
  if (outcome !== 'approved') return { call, result: () => keep(thread, call, notAllowed(call, outcome), 'denied') }
  const approval = { shownLeaving: waiting.interrupt.leaves, edited }
  return { call: decided, result: () => callTool(deps, thread, decided, taint, approval) }
}

/** A result that needs no call. */
async function keep(thread: Thread, call: CallStep, step: StepOf<'tool'>, outcome: 'denied' | 'unknown') {
  await thread.record(step, outcomeOf(thread, call, outcome))
  return finishTool(thread, step)
}

const notAllowed = ({ id, name }: CallStep, outcome: 'denied' | 'expired'): StepOf<'tool'> => ({
  kind: 'tool',
  toolCallId: id,
  name,
  content: outcome === 'expired' ? 'Nobody allowed this in time, so it was not done.' : 'The person did not allow this.',
  failed: true,
  denied: true,
  foreign: false,
  sources: [],
})

const unknownOutcome = ({ id, name }: CallStep): StepOf<'tool'> => ({
  kind: 'tool',
  toolCallId: id,
  name,
  content: `${name} was interrupted while it acted. Whether it took effect is not known, so it was not done again. Check before you repeat it.`,
  failed: true,
  foreign: false,
  sources: [],
})

/** What waits for a person among the steps of a run that paused. */
export function waitingIn(steps: readonly RunStep[]): Interrupt[] {
  const decided = new Set(steps.flatMap((step) => (step.kind === 'decision' ? [step.interruptId] : [])))
  return steps.flatMap((step) => (step.kind === 'waiting' && !decided.has(step.interrupt.id) ? [step.interrupt] : []))
}

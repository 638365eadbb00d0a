import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { AuditEvent } from '#lib/audit-event.ts'
import { toolCalls } from '#lib/meters.ts'
import type { CallStep, Observed, StepOf } from '#lib/run-step.ts'
import { isToEnd } from '#lib/stopped-by-person.ts'
import type { ModelMessage } from '#ports/models/index.ts'
import type { Span } from '#ports/tracing/index.ts'
import type { AgentDeps, Thread } from './answering.ts'
import { admitCall, type Approval, hashOfArgs, mayIt, stillApproved } from './may-it.ts'
import { untrustedBlock } from './prompt.ts'
import { isForeign } from './provenance.ts'
import { refused, runTool, type ToolResult } from './run-tool.ts'
import { screen, type Screened } from './screen.ts'
import type { ToolContext } from './tool.ts'

type ToolStep = StepOf<'tool'>
type Outcome = 'ok' | 'failed' | 'denied' | 'cancelled' | 'unknown' | 'asked'

/**
 * One call from its admission to its kept result. Null when it has to wait for a person: the thread then knows the interrupt, and the
 * run ends before the next model call. `taint` is as it was when the model made the call.
 */
export function callTool(deps: AgentDeps, thread: Thread, call: CallStep, taint: string | null, approval?: Approval): Promise<ModelMessage | null> {
  const name = knownName(thread, call)
  const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name }
  return deps.tracing.span(`execute_tool ${name}`, attributes, (span) => admitAndRun(deps, thread, call, taint, approval, span))
}

async function admitAndRun(
  deps: AgentDeps,
  thread: Thread,
  asked: CallStep,
  taint: string | null,
  approval: Approval | undefined,
  span: Span,
): Promise<ModelMessage | null> {
  const { tools, signal, record, queue } = thread
  // Who asks as they are now: a plan or a role may have changed since the run began.
  const caller = await deps.current(thread.caller.userId)
  let screenshot: string | undefined
  const show = ({ url }: { url: string }) => {
    screenshot = url
    queue.push({ type: 'CUSTOM', name: 'screenshot', value: { toolCallId: asked.id, url } })
  }
  const context: ToolContext = {
    caller,
    conversationId: thread.conversationId,
    taskId: thread.taskId,
    toolCallId: asked.id,
    bill: thread.bill,
    signal,
    show,
  }
  const admitted = asked.malformed === undefined ? admitCall(tools, asked, caller) : malformed(asked.name, asked.malformed)
  // As it runs: what is audited is what a person approves.
  const call = 'failed' in admitted ? asked : { ...asked, args: admitted.args }

  const seen: { observed: Observed | null; guard?: Judged } = { observed: null }
  let since = performance.now()
  const passed = () => Math.round(performance.now() - since)
  async function perform(): Promise<ToolResult | Interrupt> {
    if ('failed' in admitted) return admitted
    const verdict = approval
      ? await stillApproved(deps.log, admitted, context, approval, thread.provenance)
      : await mayIt(deps, admitted, context, { taint, provenance: thread.provenance })
    if (verdict.may === 'no') return verdict.result
    if (verdict.may === 'ask') return verdict.interrupt
    const { callsMax = Infinity } = admitted.tool
    if (thread.callsOf(call.name) >= callsMax) return refused(`${call.name} was called as often as it may be in one answer: ${callsMax} times.`)
    // At once: calls of one answer are made side by side.
    const uncount = thread.countCall(call.name)
    seen.observed = verdict.observed
    // What cannot be audited is not done.
    const started = { action: 'tool.started', ...eventOf(thread, call) }
    await (approval || admitted.tool.risk !== 'read' || admitted.tool.costs
      ? record({ kind: 'acting', toolCallId: call.id }, started)
      : deps.audit(started))
    since = performance.now()
    const result = await runTool(admitted, context, deps.log)
    if (result.failed) uncount()
    if (!result.foreign) return result
    const { action, score, text } = await screened(deps, thread, result.content)
    seen.guard = { action, score }
    return { ...result, content: text }
  }

  const result = await perform().catch(async (error: unknown) => {
    // An attempt that is given up leaves it to the next one to say how the call came out.
    if (signal.aborted && isToEnd(signal.reason)) await deps.audit(outcomeOf(thread, call, 'cancelled', passed()))
    throw error
  })
  if (!('failed' in result)) {
    span.set({ 'jarvis.outcome': 'asked' })
    await record({ kind: 'waiting', interrupt: result }, outcomeOf(thread, call, 'asked'))
    thread.interrupts.push(result)
    return null
  }
  const { content, failed, foreign, sources = [], places, pictures, used } = result
  const durationMs = passed()
  span.set({ 'jarvis.outcome': failed ? 'failed' : 'ok' })
  const step: ToolStep = {
    kind: 'tool',
    toolCallId: call.id,
    name: call.name,
    content,
    failed,
    foreign,
    sources,
    ...(places && { places }),
    ...(pictures && { pictures }),
    ...(used && { used }),
    durationMs,
    ...(screenshot && { screenshot }),
    ...(seen.observed && { observed: seen.observed }),
  }
  await record(step, outcomeOf(thread, call, failed ? 'failed' : 'ok', durationMs, seen.guard))
  return finishTool(thread, step)
}

/** Tells the followers of a result, and the model. */
export function finishTool({ queue, tools, usage, provenance, mark, cite }: Thread, step: ToolStep): ModelMessage {
  const { toolCallId, name, failed, denied, sources, screenshot, pictures = [], durationMs } = step
  const content = cite(step.content, sources, step.places)
  provenance.add(step)
  if (step.used) usage.add(step.used.model, step.used, { ofTool: true })
  if (screenshot) queue.push({ type: 'CUSTOM', name: 'screenshot', value: { toolCallId, url: screenshot } })
  for (const picture of pictures) queue.push({ type: 'CUSTOM', name: 'image', value: { toolCallId, ...picture } })
  if (sources.length > 0) queue.push({ type: 'CUSTOM', name: 'sources', value: { items: sources } })
  const pages = cite.pagesOf(sources)
  if (pages.length > 0) queue.push({ type: 'CUSTOM', name: 'citations', value: { items: pages } })
  const metadata = { ...(failed && { failed }), ...(denied && { denied }), ...(durationMs !== undefined && { durationMs }) }
  const shown = Object.keys(metadata).length > 0 ? { metadata } : {}
  queue.push({ type: 'TOOL_CALL_RESULT', messageId: `${toolCallId}-result`, toolCallId, content, role: 'tool', ...shown })
  const told = isForeign(tools, step) ? untrustedBlock(mark, name, content) : content
  return { role: 'tool', callId: toolCallId, text: told }
}

type Judged = Pick<Screened, 'action' | 'score'>

/** How a call came out, for the audit. */
export function outcomeOf(thread: Thread, call: CallStep, outcome: Outcome, durationMs?: number, guard?: Judged): AuditEvent {
  const { details, ...event } = eventOf(thread, call)
  toolCalls.inc({ tool: knownName(thread, call), outcome })
  const measured = {
    ...(durationMs !== undefined && { durationMs }),
    ...(guard && guard.action !== 'allow' && { guard: guard.action, guardScore: guard.score }),
  }
  return { action: 'tool.called', ...event, details: { ...details, outcome, ...measured } }
}

/** A model may ask for any name. */
const knownName = ({ tools }: Thread, { name }: CallStep) => (tools.some((tool) => tool.name === name) ? name : 'unknown')

function eventOf({ caller, conversationId, taskId }: Thread, call: CallStep) {
  const argsHash = hashOfArgs(call.name, JSON.stringify(call.args))
  return { actorId: caller.userId, target: call.name, details: { conversationId, taskId, toolCallId: call.id, argsHash } }
}

const malformed = (name: string, text: string) =>
  refused(`The arguments of ${name} were not a JSON object, so it was not called: ${text.slice(0, 200)}`)

/** Text from outside, as anyone may see it; the followers are told what the guard said. */
async function screened(deps: AgentDeps, { queue }: Thread, outside: string): Promise<Screened> {
  const screened = await screen(deps, outside)
  const { action, score } = screened
  if (action !== 'allow') queue.push({ type: 'CUSTOM', name: 'guard', value: { channel: 'tool_output', score, action } })
  return screened
}

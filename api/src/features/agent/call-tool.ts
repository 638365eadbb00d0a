import type { CallStep, StepOf } from '#lib/run-step.ts'
import type { ModelMessage } from '#ports/models/index.ts'
import type { AgentDeps, Conversation } from './answering.ts'
import { admitCall, type Approval, hashOfArgs, mayIt, stillApproved } from './may-it.ts'
import { untrustedBlock } from './prompt.ts'
import { isForeign } from './provenance.ts'
import { refused, runTool, type ToolResult } from './run-tool.ts'
import { screen } from './screen.ts'
import type { ToolContext } from './tool.ts'

type ToolStep = StepOf<'tool'>
type Outcome = 'ok' | 'failed' | 'denied' | 'cancelled' | 'unknown' | 'asked'

/**
 * One call from its admission to its kept result. Null when it has to wait for a person: the conversation then knows the interrupt, and the
 * run ends before the next model call. `taint` is as it was when the model made the call.
 */
export async function callTool(
  deps: AgentDeps,
  conversation: Conversation,
  call: CallStep,
  taint: string | null,
  approval?: Approval,
): Promise<ModelMessage | null> {
  const { tools, signal, record, queue } = conversation
  // Who asks as they are now: a plan or a role may have changed since the run began.
  const caller = await deps.current(conversation.caller.userId)
  let screenshot: string | undefined
  const show = ({ url }: { url: string }) => {
    screenshot = url
    queue.push({ type: 'CUSTOM', name: 'screenshot', value: { toolCallId: call.id, url } })
  }
  const context: ToolContext = { caller, conversationId: conversation.conversationId, taskId: conversation.taskId, toolCallId: call.id, signal, show }
  const admitted = call.malformed === undefined ? admitCall(tools, call, caller) : malformed(call.name, call.malformed)

  let since = performance.now()
  async function perform(): Promise<ToolResult | null> {
    if ('failed' in admitted) return admitted
    const verdict = approval
      ? await stillApproved(deps.log, admitted, context, approval)
      : await mayIt(deps, admitted, JSON.stringify(call.args), context, { taint, provenance: conversation.provenance })
    if (verdict.may === 'no') return verdict.result
    if (verdict.may === 'ask') {
      await record({ kind: 'waiting', interrupt: verdict.interrupt })
      conversation.interrupts.push(verdict.interrupt)
      return null
    }
    await begun(deps, conversation, call)
    if (approval || admitted.tool.risk !== 'read') await record({ kind: 'acting', toolCallId: call.id })
    since = performance.now()
    return await runTool(admitted, context, deps.log)
  }

  try {
    const result = await perform()
    const durationMs = Math.round(performance.now() - since)
    if (result === null) {
      await note(deps, conversation, call, 'asked')
      return null
    }
    const content = result.foreign ? await screened(deps, conversation, result.content) : result.content
    const { failed, foreign, sources = [] } = result
    const step: ToolStep = {
      kind: 'tool',
      toolCallId: call.id,
      name: call.name,
      content,
      failed,
      foreign,
      sources,
      durationMs,
      ...(screenshot && { screenshot }),
    }
    await note(deps, conversation, call, failed ? 'failed' : 'ok', durationMs)
    await record(step)
    return finishTool(conversation, step)
  } catch (error) {
    if (signal.aborted) await note(deps, conversation, call, 'cancelled', Math.round(performance.now() - since))
    throw error
  }
}

/** Tells the followers of a result, and the model. */
export function finishTool({ queue, tools, provenance, mark, cite }: Conversation, step: ToolStep): ModelMessage {
  const { toolCallId, name, failed, denied, sources, screenshot, durationMs } = step
  const content = cite(step.content, sources)
  provenance.add(step)
  if (screenshot) queue.push({ type: 'CUSTOM', name: 'screenshot', value: { toolCallId, url: screenshot } })
  if (sources.length > 0) queue.push({ type: 'CUSTOM', name: 'sources', value: { items: sources } })
  const metadata = { ...(failed && { failed }), ...(denied && { denied }), ...(durationMs !== undefined && { durationMs }) }
  const shown = Object.keys(metadata).length > 0 ? { metadata } : {}
  queue.push({ type: 'TOOL_CALL_RESULT', messageId: `${toolCallId}-result`, toolCallId, content, role: 'tool', ...shown })
  const told = isForeign(tools, step) ? untrustedBlock(mark, name, content) : content
  return { role: 'tool', callId: toolCallId, text: told }
}

/** Audits that a call is about to be made. It stands before the tool acts: what cannot be audited is not done. */
const begun = ({ audit }: AgentDeps, conversation: Conversation, call: CallStep): Promise<void> =>
  audit({ action: 'tool.started', ...eventOf(conversation, call) })

/** Audits how a call came out. It stands before the result does, so that no result is without it. */
export function note({ audit }: AgentDeps, conversation: Conversation, call: CallStep, outcome: Outcome, durationMs?: number): Promise<void> {
  const { details, ...event } = eventOf(conversation, call)
  return audit({ action: 'tool.called', ...event, details: { ...details, outcome, ...(durationMs !== undefined && { durationMs }) } })
}

function eventOf({ caller, conversationId, taskId }: Conversation, call: CallStep) {
  const argsHash = hashOfArgs(call.name, JSON.stringify(call.args))
  return { actorId: caller.userId, target: call.name, details: { conversationId, taskId, toolCallId: call.id, argsHash } }
}

const malformed = (name: string, text: string) =>
  refused(`The arguments of ${name} were not a JSON object, so it was not called: ${text.slice(0, 200)}`)

/** Text from outside, as anyone may see it; the followers are told what the guard said. */
async function screened(deps: AgentDeps, { queue }: Conversation, outside: string): Promise<string> {
  const { action, score, text } = await screen(deps, outside)
  if (action !== 'allow') queue.push({ type: 'CUSTOM', name: 'guard', value: { channel: 'tool_output', score, action } })
  return text
}

import { randomBytes } from 'node:crypto'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { needsApproval } from './approval.ts'
import type { AgentDeps } from './index.ts'
import { untrustedBlock } from './prompt.ts'
import { createProvenance } from './provenance.ts'
import { admitCall, bounded, refused, runTool, type ToolCallRequest, type ToolResult } from './run-tool.ts'
import { mayUse, type Tool, type ToolContext } from './tool.ts'

export type LoneResult = ToolResult & { outcome: 'ok' | 'failed' | 'refused' }

/** A tool that keeps something for a task, such as an open page, needs a conversation that ends. */
const standsAlone = (tool: Tool) => tool.release === undefined

/** What a person may call without a conversation: of the tools that are theirs, those that would not ask them. */
export async function loneToolsOf({ tools, policies }: Pick<AgentDeps, 'tools' | 'policies'>, caller: Caller): Promise<Tool[]> {
  const mine = tools.filter((tool) => mayUse(tool, caller) && standsAlone(tool) && tool.risk === 'read')
  const rules = await Promise.all(mine.map((tool) => policies.rulesOf(caller.userId, newId(), tool)))
  return mine.filter((_tool, index) => rules[index]!.policy === 'never')
}

/**
 * One call outside of any conversation, for a client that brings a model of its own. Nobody can be asked here, so what would ask is refused.
 * What comes from outside is inspected and marked off as in a run.
 */
export async function callAlone(deps: AgentDeps, caller: Caller, call: ToolCallRequest, signal: AbortSignal): Promise<LoneResult> {
  const admitted = admitCall(deps.tools.filter(standsAlone), call, caller)
  if ('failed' in admitted) return { ...admitted, outcome: 'refused' }
  const { tool, args } = admitted
  // Nobody has allowed anything for a conversation that does not exist.
  const context: ToolContext = { caller, conversationId: newId(), taskId: newId(), toolCallId: call.id, signal, show: () => {} }
  const rules = () => deps.policies.rulesOf(caller.userId, context.conversationId, tool)
  const judging = { taint: null, provenance: createProvenance(deps.tools, [], ''), rules, approvalSeconds: deps.approvalSeconds }
  const asks = await bounded(tool, context, deps.log, (signal) =>
    needsApproval({ tool, args, text: JSON.stringify(args), context: { ...context, signal } }, judging),
  )
  if (asks !== null) {
    if ('failed' in asks) return { ...asks, outcome: 'failed' }
    return {
      ...refused(`${tool.title} needs your approval, which cannot be given here. Ask for it in a conversation in Jarvis and approve it there.`),
      outcome: 'refused',
    }
  }
  const result = await runTool(admitted, context, deps.log)
  return { ...result, content: result.foreign ? markedOff(deps, tool, result.content) : result.content, outcome: result.failed ? 'failed' : 'ok' }
}

function markedOff({ inspectToolOutput }: AgentDeps, tool: Tool, text: string): string {
  const { action, text: clean } = inspectToolOutput(text)
  if (action === 'block') return 'The result was withheld: it tried to give the assistant instructions.'
  return untrustedBlock(randomBytes(6).toString('hex'), tool.name, clean)
}

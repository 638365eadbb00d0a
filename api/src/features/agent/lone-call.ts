import { randomBytes } from 'node:crypto'
import type { Caller } from '#lib/caller.ts'
import { billOf } from '#lib/money.ts'
import { newId } from '#lib/ids.ts'
import type { AgentDeps } from './answering.ts'
import { admitCall, mayIt, standsAlone } from './may-it.ts'
import { untrustedBlock } from './prompt.ts'
import { createProvenance } from './provenance.ts'
import { refused, runTool, type ToolCallRequest, type ToolResult } from './run-tool.ts'
import { screen } from './screen.ts'
import type { Tool, ToolContext } from './tool.ts'

export type LoneResult = ToolResult & { outcome: 'ok' | 'failed' | 'refused' }

/**
 * One call outside of any conversation, for a client that brings a model of its own. Nobody can be asked here, so what would ask is refused.
 * What comes from outside is inspected and marked off as in a run.
 */
export async function callAlone(deps: AgentDeps, caller: Caller, call: ToolCallRequest, signal: AbortSignal): Promise<LoneResult> {
  const admitted = admitCall(deps.tools.filter(standsAlone), call, caller)
  if ('failed' in admitted) return { ...admitted, outcome: 'refused' }
  const { tool } = admitted
  // Nobody has allowed anything for a conversation that does not exist.
  const context: ToolContext = { caller, conversationId: newId(), taskId: newId(), toolCallId: call.id, bill: billOf(caller), signal, show: () => {} }
  const provenance = createProvenance({ ...deps, history: [], text: '', memories: [] })
  const verdict = await mayIt(deps, admitted, context, { taint: null, provenance })
  if (verdict.may === 'no') return { ...verdict.result, outcome: 'failed' }
  if (verdict.may === 'ask') {
    return {
      ...refused(`${tool.title} needs your approval, which cannot be given here. Ask for it in a conversation in Jarvis and approve it there.`),
      outcome: 'refused',
    }
  }
  const result = await runTool(admitted, context, deps.log)
  return {
    ...result,
    content: result.foreign ? await markedOff(deps, tool, result.content) : result.content,
    outcome: result.failed ? 'failed' : 'ok',
  }
}

async function markedOff(deps: AgentDeps, tool: Tool, outside: string): Promise<string> {
  const { action, text } = await screen(deps, outside)
  return action === 'block' ? text : untrustedBlock(randomBytes(6).toString('hex'), tool.name, text)
}

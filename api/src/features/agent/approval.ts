import { createHash } from 'node:crypto'
import type { ApprovalPolicy, Interrupt } from '@jarvis/contracts/approvals.ts'
import { newId } from '#lib/ids.ts'
import type { Provenance } from './provenance.ts'
import type { Leaving, Tool, ToolContext } from './tool.ts'

/** What holds for one person, one tool and one conversation. */
export type Rules = { policy: ApprovalPolicy; mayRemember: boolean; isStanding: boolean }

/** `text` is the arguments as the model wrote them, and as they will run. */
type Asked = { tool: Tool; args: Record<string, unknown>; text: string; context: ToolContext }
/** `taint` as it was when the model made the call: what its other calls brought meanwhile cannot have led to this one. */
type Judging = { taint: string | null; provenance: Provenance; rules(): Promise<Rules>; approvalSeconds: number }

/** SHA-256 in hex over the tool's name, a newline and the exact text of the arguments. */
export const hashOfArgs = (tool: string, args: string) => createHash('sha256').update(`${tool}\n${args}`).digest('hex')

/**
 * Whether a person must be asked before this call, and what they must know to answer. A policy or a standing approval covers neither what
 * the tool itself asks for nor what untrusted text may have led to.
 */
export async function needsApproval({ tool, args, text, context }: Asked, judging: Judging): Promise<Interrupt | null> {
  const { taint, provenance } = judging
  const asked = (await tool.asks?.(args, context)) ?? null
  const leaving = asked !== null || taint !== null || tool.risk !== 'read' ? await leavingOf(tool, args, context) : null
  const overruling = asked ?? (taint === null ? null : taintedReason(tool, leaving, provenance))
  // A tool that reads asks only where somebody chose so, and most calls are of such tools.
  const rules = overruling === null ? await judging.rules() : null
  if (rules && (rules.policy === 'never' || rules.isStanding)) return null
  return {
    id: newId(),
    toolCallId: context.toolCallId,
    tool: tool.name,
    args: text,
    argsHash: hashOfArgs(tool.name, text),
    // A tool that reads, and yet wants a person to be asked, is about to do more.
    risk: asked !== null && tool.risk === 'read' ? 'act' : tool.risk,
    reason: overruling ?? (rules?.policy === 'conversation' ? `${tool.title} asks once in each conversation.` : `${tool.title} asks each time.`),
    leaves: leaving && { to: leaving.to, content: leaving.content },
    taint: taint && `Text from outside is in this conversation since “${taint}” was used: it may have led to this.`,
    mayRemember: rules?.mayRemember ?? false,
    expiresAt: new Date(Date.now() + judging.approvalSeconds * 1000).toISOString(),
  }
}

function taintedReason(tool: Tool, leaving: Leaving | null, provenance: Provenance): string | null {
  if (leaving && !provenance.isOwn(leaving)) return `This would send to ${leaving.to} what you did not write yourself.`
  return tool.risk === 'read' ? null : `${tool.title} does more than read, and you did not ask for it before text from outside came in.`
}

export const leavingOf = async (tool: Tool, args: Record<string, unknown>, context: ToolContext): Promise<Leaving | null> =>
  (await tool.leaves?.(args, context)) ?? null

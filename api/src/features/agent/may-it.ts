import { createHash } from 'node:crypto'
import { ApprovalPolicy, type Interrupt } from '@jarvis/contracts/approvals.ts'
import type { Statements } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Observed } from '#lib/run-step.ts'
import type { Log } from '#lib/log.ts'
import { linesOfFaults } from '#lib/plain-issues.ts'
import type { Provenance, Weighed } from './provenance.ts'
import { type Admitted, bounded, refused, type ToolCallRequest, type ToolResult } from './run-tool.ts'
import { type Leaving, type Reason, reasonOf, type Tool, type ToolContext } from './tool.ts'

// One place for: may this person use this tool, must they be asked before this call, why, and what would leave with it. Runs, clients with a
// model of their own, and every list of tools ask here.

type Person = Pick<Caller, 'role' | 'plan'>

/** What a person and the administrator chose for one tool; null where they chose nothing. */
export type Chosen = { policy: ApprovalPolicy | null; loosest: ApprovalPolicy | null }
/** What holds for one person, one tool and one conversation. */
export type Rules = { policy: ApprovalPolicy; mayRemember: boolean; isStanding: boolean }

export type MayItDeps = {
  tools: readonly Tool[]
  policies: { rulesOf(userId: string, conversationId: string, tool: Tool, on?: Statements): Promise<Rules> }
  /** How long a person may take to answer. */
  approvalSeconds: number
  /** What all that a tainted run does unasked may tell those who observe it, in bits. */
  toldBitsMax: number
  log: Log
}
/** `taint` as it was when the model made the call: what its other calls brought meanwhile cannot have led to this one. */
export type Origin = { taint: string | null; provenance: Provenance }
export type Verdict = { may: 'yes'; observed: Observed | null } | { may: 'no'; result: ToolResult } | { may: 'ask'; interrupt: Interrupt }
/** What a person approved: what would leave was shown to them, unless they changed the arguments. */
export type Approval = { shownLeaving: Pick<Leaving, 'to' | 'content'> | null; edited: boolean }

/** SHA-256 in hex over the tool's name, a newline and the exact text of the arguments. */
export const hashOfArgs = (tool: string, args: string) => createHash('sha256').update(`${tool}\n${args}`).digest('hex')

/** Arguments as they run: read by the tool's schema, with its defaults, in its one way of writing them. Read again they are the same. */
export const textOf = (args: Record<string, unknown>) => JSON.stringify(args)

export const mayUse = (tool: Tool, caller: Person) =>
  tool.roles.includes(caller.role) && tool.plans.includes(caller.plan) && (tool.isThereFor?.(caller) ?? true)

/**
 * Finds the tool and reads its arguments. A refusal is a result that the model can read. Whether this person may use the tool is asked at
 * every call: a model may name a tool that it was never offered.
 */
export function admitCall(tools: readonly Tool[], { name, args: given }: ToolCallRequest, caller: Person): Admitted | ToolResult {
  const tool = tools.find((tool) => tool.name === name)
  if (!tool || !mayUse(tool, caller)) return refused(`There is no tool "${name}" here.`)
  // Reading would drop it without a word.
  if (namesPrototype(given)) return refused(`The arguments of ${tool.name} are not valid. No argument may be named __proto__.`)
  const args = tool.args.safeParse(given)
  if (args.success) return { tool, args: args.data }
  return refused(`The arguments of ${tool.name} are not valid. ${linesOfFaults(args.error, 'arguments').join('; ')}`)
}

/** JSON may name a field `__proto__`; schemas leave it out. */
function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype)
}

export const looseness = (policy: ApprovalPolicy) => ApprovalPolicy.options.indexOf(policy)
const stricter = (one: ApprovalPolicy, other: ApprovalPolicy) => (looseness(one) < looseness(other) ? one : other)
const defaultPolicy = ({ risk }: Tool): ApprovalPolicy => (risk === 'read' ? 'never' : 'always')
/** A tool that acts asks at least once in each conversation, until an administrator says that it need not. */
export const loosestOf = ({ risk }: Tool, { loosest }: Pick<Chosen, 'loosest'>): ApprovalPolicy =>
  loosest ?? (risk === 'read' ? 'never' : 'conversation')

/** The person's own choice, no looser than the administrator allows. */
export const policyOf = (tool: Tool, chosen: Chosen): ApprovalPolicy => stricter(chosen.policy ?? defaultPolicy(tool), loosestOf(tool, chosen))

/** A person who did not choose "always" may say "for this conversation", where the administrator allows it. */
export function rulesFor(tool: Tool, chosen: Chosen, standing: boolean): Rules {
  const mayRemember = chosen.policy !== 'always' && loosestOf(tool, chosen) !== 'always'
  return { policy: policyOf(tool, chosen), mayRemember, isStanding: mayRemember && standing }
}

/** Whether an admitted call may be made now. */
export async function mayIt(deps: MayItDeps, { tool, args }: Admitted, context: ToolContext, origin: Origin): Promise<Verdict> {
  const asks = await bounded(tool, context, deps.log, (signal) => interruptFor(deps, { tool, args }, { ...context, signal }, origin))
  if ('observed' in asks) return { may: 'yes', observed: asks.observed }
  return 'failed' in asks ? { may: 'no', result: asks } : { may: 'ask', interrupt: asks }
}

/**
 * What a person must know before this call, or that nobody need be asked. A policy or a standing approval covers neither what the tool itself asks for nor what
 * untrusted text may have led to.
 */
async function interruptFor(
  { policies, approvalSeconds }: MayItDeps,
  { tool, args }: Admitted,
  context: ToolContext,
  { taint, provenance }: Origin,
): Promise<Interrupt | { observed: Observed | null }> {
  const asked = (await tool.asks?.(args, context)) ?? null
  const leaving = await leavingOf({ tool, args }, context)
  const weighed = leaving && taint !== null ? await provenance.weigh(leaving) : null
  let overruling = asked ?? (taint === null ? null : taintedReason(tool, leaving, weighed))
  // A tool that reads asks only where somebody chose so, and most calls are of such tools.
  const rules = overruling === null ? await policies.rulesOf(context.caller.userId, context.conversationId, tool) : null
  if (rules && (rules.policy === 'never' || rules.isStanding)) {
    if (!leaving) return { observed: null }
    // Counted at last, in one step: calls of one answer are judged side by side.
    const observed = weighed ? provenance.spend(weighed) : provenance.note(leaving)
    if (observed) return { observed }
    overruling = reasonOf('approval.choices', { place: leaving.to })
  }
  const reason = overruling ?? reasonOf(rules?.policy === 'conversation' ? 'approval.once' : 'approval.each', { tool: tool.title })
  const tainted = taint && reasonOf('approval.taint', { source: taint })
  const text = textOf(args)
  return {
    id: newId(),
    toolCallId: context.toolCallId,
    tool: tool.name,
    args: text,
    argsHash: hashOfArgs(tool.name, text),
    // A tool that reads, and yet wants a person to be asked, is about to do more.
    risk: asked !== null && tool.risk === 'read' ? 'act' : tool.risk,
    reason: typeof reason === 'string' ? reason : reason.detail,
    leaves: leaving && { to: leaving.to, content: leaving.content },
    taint: tainted && tainted.detail,
    mayRemember: overruling === null && (rules?.mayRemember ?? false),
    expiresAt: new Date(Date.now() + approvalSeconds * 1000).toISOString(),
    params: { ...(typeof reason !== 'string' && { reason: reason.params }), ...(tainted && { taint: tainted.params }) },
  }
}

function taintedReason(tool: Tool, leaving: Leaving | null, weighed: Weighed | null): Reason | null {
  if (leaving && !weighed) return reasonOf('approval.foreign', { place: leaving.to })
  return tool.risk === 'read' ? null : reasonOf('approval.beyond_reading', { tool: tool.title })
}

const leavingOf = async ({ tool, args }: Admitted, context: ToolContext): Promise<Leaving | null> =>
  tool.leaves === 'nothing' ? null : await tool.leaves(args, context)

/** What would leave may depend on more than the arguments, such as the page that is open: if it is another thing now, nobody approved it. */
export async function stillApproved(
  log: Log,
  admitted: Admitted,
  context: ToolContext,
  { shownLeaving, edited }: Approval,
  provenance: Provenance,
): Promise<Verdict> {
  const leaving = await bounded(admitted.tool, context, log, (signal) => leavingOf(admitted, { ...context, signal }))
  if (leaving && 'failed' in leaving) return { may: 'no', result: leaving }
  if (edited || (leaving?.to === shownLeaving?.to && leaving?.content === shownLeaving?.content)) {
    return { may: 'yes', observed: leaving && provenance.note(leaving) }
  }
  return { may: 'no', result: refused('What would be sent has changed since it was approved, so it was not done. Look again, then ask again.') }
}

/** A tool that keeps something for a task, such as an open page, or counts its calls, needs a conversation that ends. */
export const standsAlone = (tool: Tool) => tool.release === undefined && tool.callsMax === undefined

/** What a person may call without a conversation: of the tools that are theirs, those that would not ask them. */
export async function loneToolsOf({ tools, policies }: Pick<MayItDeps, 'tools' | 'policies'>, caller: Caller): Promise<Tool[]> {
  const mine = tools.filter((tool) => mayUse(tool, caller) && standsAlone(tool) && tool.risk === 'read')
  const rules = await Promise.all(mine.map((tool) => policies.rulesOf(caller.userId, newId(), tool)))
  return mine.filter((_tool, index) => rules[index]!.policy === 'never')
}

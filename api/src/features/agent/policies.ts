import type { AdminTool } from '@jarvis/contracts/admin.ts'
import { ApprovalPolicy, type StandingApproval } from '@jarvis/contracts/approvals.ts'
import type { Tool as ToolInfo } from '@jarvis/contracts/chat.ts'
import { and, desc, eq, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, standingApprovals, toolFloors, toolPolicies } from '#ports/database/tables.ts'
import type { Rules } from './approval.ts'
import { mayUse, type Tool } from './tool.ts'

export type Policies = ReturnType<typeof createPolicies>

type Chosen = { policy: ApprovalPolicy | null; loosest: ApprovalPolicy | null }
/** Some of a caller, or all of them: what a tool's policy is asked for. */
type Person = Pick<Caller, 'userId' | 'role' | 'plan'>

const looseness = (policy: ApprovalPolicy) => ApprovalPolicy.options.indexOf(policy)
const stricter = (one: ApprovalPolicy, other: ApprovalPolicy) => (looseness(one) < looseness(other) ? one : other)
const defaultPolicy = ({ risk }: Tool): ApprovalPolicy => (risk === 'read' ? 'never' : 'always')
/** A tool that acts asks at least once in each conversation, until an administrator says that it need not. */
const defaultLoosest = ({ risk }: Tool): ApprovalPolicy => (risk === 'read' ? 'never' : 'conversation')

/** When a person is asked: their own choice for each tool, no looser than the administrator allows, and what they allowed for a conversation. */
export function createPolicies({ db, tools }: Pick<Database, 'db'> & { tools: readonly Tool[] }) {
  const loosestOf = (tool: Tool, { loosest }: Pick<Chosen, 'loosest'>) => loosest ?? defaultLoosest(tool)
  const describe = (tool: Tool, chosen: Chosen): ToolInfo => {
    const { name, title, description, risk, timeoutSeconds } = tool
    const loosest = loosestOf(tool, chosen)
    return { name, title, description, risk, timeoutSeconds, policy: stricter(chosen.policy ?? defaultPolicy(tool), loosest), loosest }
  }

  function named(name: string, isSeen: (tool: Tool) => boolean = () => true): Tool {
    const tool = tools.find((tool) => tool.name === name && isSeen(tool))
    if (!tool) throw new AppError('not_found', 'There is no such tool.')
    return tool
  }

  async function chosen(userId: string): Promise<(name: string) => Chosen> {
    const [policies, floors] = await Promise.all([
      db.select().from(toolPolicies).where(eq(toolPolicies.userId, userId)),
      db.select().from(toolFloors),
    ])
    return (name) => ({
      policy: policies.find(({ tool }) => tool === name)?.policy ?? null,
      loosest: floors.find(({ tool }) => tool === name)?.loosest ?? null,
    })
  }

  return {
    /** Who was not asked to choose "always" may say "for this conversation", where the administrator allows it. */
    async rulesOf(userId: string, conversationId: string, tool: Tool): Promise<Rules> {
      const { rows } = await db.execute<Chosen & { standing: boolean }>(sql`
        select (select policy from ${toolPolicies} where user_id = ${userId} and tool = ${tool.name}),
          (select loosest from ${toolFloors} where tool = ${tool.name}),
          exists (select from ${standingApprovals} where user_id = ${userId} and conversation_id = ${conversationId} and tool = ${tool.name}) as standing`)
      const [row] = rows
      const mayRemember = row!.policy !== 'always' && loosestOf(tool, row!) !== 'always'
      return { policy: describe(tool, row!).policy, mayRemember, isStanding: mayRemember && row!.standing }
    },

    /** The tools that a person may use, with what they chose. */
    async toolsOf(caller: Person): Promise<ToolInfo[]> {
      const chosenFor = await chosen(caller.userId)
      return tools.filter((tool) => mayUse(tool, caller)).map((tool) => describe(tool, chosenFor(tool.name)))
    },

    /** @throws not_found, forbidden when the administrator does not allow it as loose as that */
    async choose(caller: Person, name: string, policy: ApprovalPolicy): Promise<ToolInfo> {
      const tool = named(name, (tool) => mayUse(tool, caller))
      const loosest = loosestOf(tool, (await chosen(caller.userId))(name))
      if (looseness(policy) > looseness(loosest)) {
        throw new AppError('forbidden', `The administrator allows "${loosest}" at the loosest for ${tool.title}. Choose that, or a stricter one.`)
      }
      await db
        .insert(toolPolicies)
        .values({ userId: caller.userId, tool: name, policy })
        .onConflictDoUpdate({ target: [toolPolicies.userId, toolPolicies.tool], set: { policy } })
      return describe(tool, { policy, loosest })
    },

    /** Newest first. */
    async standing({ userId }: Pick<Caller, 'userId'>): Promise<StandingApproval[]> {
      const rows = await db
        .select({ approval: standingApprovals, title: conversations.title })
        .from(standingApprovals)
        .innerJoin(conversations, eq(conversations.id, standingApprovals.conversationId))
        .where(eq(standingApprovals.userId, userId))
        .orderBy(desc(standingApprovals.id))
        .limit(1000)
      return rows.map(({ approval: { id, tool, conversationId, createdAt }, title }) => ({
        id,
        tool,
        conversationId,
        conversationTitle: title,
        createdAt: createdAt.toISOString(),
      }))
    },

    async revoke({ userId }: Pick<Caller, 'userId'>, id: string): Promise<void> {
      const revoked = await db
        .delete(standingApprovals)
        .where(and(eq(standingApprovals.id, id), eq(standingApprovals.userId, userId)))
        .returning({ id: standingApprovals.id })
      if (revoked.length === 0) throw new AppError('not_found', 'There is no such approval.')
    },

    async floors(): Promise<AdminTool[]> {
      const floors = new Map((await db.select().from(toolFloors)).map(({ tool, loosest }) => [tool, loosest]))
      return tools.map((tool) => ({ name: tool.name, title: tool.title, risk: tool.risk, loosest: floors.get(tool.name) ?? defaultLoosest(tool) }))
    },

    /** Acts at once on everybody, whatever they chose. @throws not_found */
    async setFloor(name: string, loosest: ApprovalPolicy): Promise<AdminTool> {
      const { title, risk } = named(name)
      await db.insert(toolFloors).values({ tool: name, loosest }).onConflictDoUpdate({ target: toolFloors.tool, set: { loosest } })
      return { name, title, risk, loosest }
    },
  }
}

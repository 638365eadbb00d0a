import type { AdminTool } from '@jarvis/contracts/admin.ts'
import type { ApprovalPolicy, StandingApproval } from '@jarvis/contracts/approvals.ts'
import type { Tool as ToolInfo } from '@jarvis/contracts/chat.ts'
import { and, desc, eq, sql } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit, Statements } from '#lib/audit-event.ts'
import type { Caller } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { conversations, standingApprovals, toolFloors, toolPolicies } from '#ports/database/tables.ts'
import { refusal } from '#lib/refusal.ts'
import { type Chosen, looseness, loosestOf, mayUse, policyOf, type Rules, rulesFor } from './may-it.ts'
import type { Tool } from './tool.ts'

export type Policies = ReturnType<typeof createPolicies>

/** Some of a caller, or all of them: what a tool's policy is asked for. */
type Person = Pick<Caller, 'userId' | 'role' | 'plan'>

/** When a person is asked: their own choice for each tool, no looser than the administrator allows, and what they allowed for a conversation. */
export function createPolicies({ db, tools, audit }: Pick<Database, 'db'> & { tools: readonly Tool[]; audit: RecordAudit }) {
  const describe = (tool: Tool, chosen: Chosen): ToolInfo => {
    const { name, title, description, risk, timeoutSeconds } = tool
    return { name, title, description, risk, timeoutSeconds, policy: policyOf(tool, chosen), loosest: loosestOf(tool, chosen) }
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
    async rulesOf(userId: string, conversationId: string, tool: Tool, on: Statements = db): Promise<Rules> {
      const { rows } = await on.execute<Chosen & { standing: boolean }>(sql`
        select (select policy from ${toolPolicies} where user_id = ${userId} and tool = ${tool.name}),
          (select loosest from ${toolFloors} where tool = ${tool.name}),
          exists (select from ${standingApprovals} where user_id = ${userId} and conversation_id = ${conversationId} and tool = ${tool.name}) as standing`)
      const [row] = rows
      return rulesFor(tool, row!, row!.standing)
    },

    /** The tools that a person may use, with what they chose. */
    async toolsOf(caller: Person): Promise<ToolInfo[]> {
      const chosenFor = await chosen(caller.userId)
      return tools.filter((tool) => mayUse(tool, caller)).map((tool) => describe(tool, chosenFor(tool.name)))
    },

    /** @throws not_found, forbidden when the administrator does not allow it as loose as that */
    async choose(caller: Person, name: string, policy: ApprovalPolicy, requestId: string): Promise<ToolInfo> {
      const tool = named(name, (tool) => mayUse(tool, caller))
      const loosest = loosestOf(tool, (await chosen(caller.userId))(name))
      if (looseness(policy) > looseness(loosest)) {
        throw refusal('forbidden.policy', { loosest, tool: tool.title })
      }
      await db.transaction(async (tx) => {
        await tx
          .insert(toolPolicies)
          .values({ userId: caller.userId, tool: name, policy })
          .onConflictDoUpdate({ target: [toolPolicies.userId, toolPolicies.tool], set: { policy } })
        await audit(tx, { action: 'tool.policy_chosen', actorId: caller.userId, target: name, requestId, details: { policy } })
      })
      return describe(tool, { policy, loosest })
    },

    /** One approval of a tool holds for the rest of the conversation. */
    async remember(tx: Transaction, userId: string, conversationId: string, tool: string): Promise<void> {
      const [kept] = await tx
        .insert(standingApprovals)
        .values({ id: newId(), userId, conversationId, tool })
        .onConflictDoNothing()
        .returning({ id: standingApprovals.id })
      if (kept) await audit(tx, { action: 'approval.remembered', actorId: userId, target: kept.id, details: { tool, conversationId } })
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

    async revoke({ userId }: Pick<Caller, 'userId'>, id: string, requestId: string): Promise<void> {
      await db.transaction(async (tx) => {
        const revoked = await tx
          .delete(standingApprovals)
          .where(and(eq(standingApprovals.id, id), eq(standingApprovals.userId, userId)))
          .returning({ id: standingApprovals.id })
        if (revoked.length === 0) throw new AppError('not_found', 'There is no such approval.')
        await audit(tx, { action: 'approval.revoked', actorId: userId, target: id, requestId })
      })
    },

    async floors(): Promise<AdminTool[]> {
      const floors = new Map((await db.select().from(toolFloors)).map(({ tool, loosest }) => [tool, loosest]))
      return tools.map((tool) => {
        const { name, title, risk } = tool
        return { name, title, risk, loosest: loosestOf(tool, { loosest: floors.get(name) ?? null }) }
      })
    },

    /** Acts at once on everybody, whatever they chose. @throws not_found */
    async setFloor(tx: Transaction, name: string, loosest: ApprovalPolicy): Promise<AdminTool> {
      const { title, risk } = named(name)
      await tx.insert(toolFloors).values({ tool: name, loosest }).onConflictDoUpdate({ target: toolFloors.tool, set: { loosest } })
      return { name, title, risk, loosest }
    },
  }
}

import { BlockScore, CleanScore, GuardMessages } from '@jarvis/contracts/guard.ts'
import { PlanId } from '@jarvis/contracts/plans.ts'
import { ConversationReads } from '@jarvis/contracts/privacy-endpoints.ts'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { changesOf } from '#lib/changes-of.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { By } from '#lib/caller.ts'
import { sha256 } from '#lib/ids.ts'
import type { Database, Transaction } from '#ports/database/index.ts'
import { installationChoices } from '#ports/database/tables.ts'

/** null: as built in. */
const PlanLimit = z.int().nullable().default(null)

/** What may be chosen, and what holds until somebody has. */
const schemas = {
  branding: z.object({ name: z.string().default(''), hue: z.int().nullable().default(null), logo: z.string().nullable().default(null) }),
  guard: z.object({
    messages: GuardMessages.default('block'),
    blockScore: BlockScore.default(null),
    cleanScore: CleanScore.default(null),
  }),
  plans: z.object(
    Object.fromEntries(
      PlanId.options.flatMap((id) => [`${id}.requestsPerMinute`, `${id}.tokensPerCycle`].map((name) => [name, PlanLimit])),
    ) as Record<`${PlanId}.${'requestsPerMinute' | 'tokensPerCycle'}`, typeof PlanLimit>,
  ),
  retention: z.object({ conversationDays: z.int().nullable().default(null) }),
  privacy: z.object({ conversationReads: ConversationReads.default('with_reason') }),
}
type Schemas = typeof schemas
export type PlanChoice = Choice<'plans'>
export type ChoiceName = keyof Schemas
export type Choice<Name extends ChoiceName> = z.output<Schemas[Name]>
export type Choices = ReturnType<typeof createChoices>

/** What is long, such as a picture, is audited by its digest. */
const shortOf = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).map(([name, one]) => [name, typeof one === 'string' && one.length > 80 ? sha256(one) : one]))

/** What administrators choose for everybody here. It is read at each use, so that it acts at once in every process. */
export function createChoices({ db, audit }: Pick<Database, 'db'> & { audit: RecordAudit }) {
  const parse = <Name extends ChoiceName>(name: Name, value: unknown) => schemas[name].parse(value ?? {}) as Choice<Name>

  return {
    async get<Name extends ChoiceName>(name: Name, tx: Pick<Transaction, 'select'> = db): Promise<Choice<Name>> {
      const [row] = await tx.select().from(installationChoices).where(eq(installationChoices.name, name))
      return parse(name, row?.value)
    },

    /** What is absent stays. Audited as `settings.changed`, with each value before and after; `within` is what follows from it, in the same act. */
    async set<Name extends ChoiceName>(
      { caller, origin: { address, requestId } }: By,
      name: Name,
      change: Partial<Choice<Name>>,
      within?: (tx: Transaction) => Promise<void>,
    ): Promise<Choice<Name>> {
      return await db.transaction(async (tx) => {
        await tx.insert(installationChoices).values({ name, value: {} }).onConflictDoNothing()
        const named = eq(installationChoices.name, name)
        const [row] = await tx.select().from(installationChoices).where(named).for('update')
        const before: Record<string, unknown> = parse(name, row!.value)
        const after = parse(name, { ...before, ...change })
        const details = changesOf(shortOf(before), shortOf(after))
        if (Object.keys(details).length === 0) return after
        await tx.update(installationChoices).set({ value: after }).where(named)
        await within?.(tx)
        await audit(tx, { action: 'settings.changed', actorId: caller.userId, target: name, details, address, requestId })
        return after
      })
    },
  }
}

import { eq } from 'drizzle-orm'
import type { MemoryStore } from '#features/memory/index.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import { messages } from '#ports/database/tables.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import type { BranchEnd, Summaries } from './summaries.ts'
import { isTitleCut } from './title.ts'
import type { Titles } from './titles.ts'

export type ChatJobsDeps = Pick<Database, 'db'> & {
  jobs: Jobs
  memory: Pick<MemoryStore, 'memorise' | 'hasFacts'>
  summaries: Summaries
  titles: Titles
  log: Log
}
type Question = { userId: string; conversationId: string; messageId: string; text: string; apiKeyId: string | null }

const memoriseJob = 'memorise'
const sumUpJob = 'sum-up'
const nameJob = 'name-conversation'

/** What an answer leaves to be done after its end. */
export function createChatJobs({ db, jobs, memory, summaries, titles, log }: ChatJobsDeps) {
  /** The answer is told and stored: that this cannot be queued is not the person's concern. */
  async function add(name: string, userId: string, payload: unknown, id: string): Promise<void> {
    try {
      await jobs.add(name, payload, { owner: { userId }, id })
    } catch (error) {
      log.error({ err: error, id }, `${name} could not be queued`)
    }
  }

  return {
    async memorise({ userId, conversationId, messageId, text, apiKeyId }: Question): Promise<void> {
      if (memory.hasFacts(text)) await add(memoriseJob, userId, { userId, conversationId, messageId, apiKeyId }, messageId)
    },

    /** Once for each conversation, when its first question is answered and too long to be its title. */
    async name({ userId, conversationId, messageId, text }: Question): Promise<void> {
      if (titles.areMade() && isTitleCut(text)) await add(nameJob, userId, { conversationId, messageId }, `name-${conversationId}`)
    },

    sumUp: (userId: string, { conversationId, messageId }: BranchEnd, windowTokens: number) =>
      add(sumUpJob, userId, { conversationId, messageId, windowTokens }, `sum-up-${messageId}`),

    /** Starts doing them in this process. */
    work(): void {
      jobs.work(memoriseJob, async (payload, owner, signal) => {
        const { userId, conversationId, messageId, apiKeyId: keyId } = payload as Omit<Question, 'text'>
        const [message] = await db
          .select({ text: messages.content, viaKey: messages.viaKey, said: messages.createdAt })
          .from(messages)
          .where(eq(messages.id, messageId))
        if (!message) return
        const { viaKey, ...said } = message
        await memory.memorise({ ...said, userId, conversationId, messageId, keyId, origin: viaKey ? 'key' : 'chat' }, owner.requireThere, signal)
      })
      jobs.work(nameJob, async (payload, _owner, signal) => await titles.find(payload as BranchEnd, signal))
      jobs.work(sumUpJob, async (payload, _owner, signal) => {
        const { windowTokens, ...end } = payload as BranchEnd & { windowTokens: number }
        await summaries.bringUpToDate(end, windowTokens, signal)
      })
    },
  }
}
export type ChatJobs = ReturnType<typeof createChatJobs>

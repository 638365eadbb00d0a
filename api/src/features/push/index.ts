import type { Push as PushState, PushBody } from '@jarvis/contracts/push.ts'
import { eq } from 'drizzle-orm'
import { voiceOf } from '#features/mail/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { By, Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, messages, runs } from '#ports/database/tables.ts'
import type { Jobs } from '#ports/jobs/index.ts'
import { isReceiver, type Push as PushPort } from '#ports/push/index.ts'
import { createPushKeys } from './key.ts'
import { createSubscriptions, type SubscriptionRow, toSubscription } from './subscriptions.ts'

export { dropSubscriptionsOf } from './subscriptions.ts'

export type PushDeps = Pick<Database, 'db'> & {
  /** null where the operator switched it off. */
  push: PushPort | null
  jobs: Pick<Jobs, 'add' | 'work'>
  audit: RecordAudit
  secretsKey(): Buffer
  log: Log
}
export type Push = ReturnType<typeof createPush>

/** An answer is whole, was given up, or waits for its person's approval. */
export type News = { kind: 'answer' | 'failed' | 'approval'; userId: string; runId: string }
/** What the worker of the page shows. Without its person's word it says nothing of what the conversation is about. */
type Told = { title: string; body: string; lang: string; conversationId: string }

const pushJob = 'push'
const titleMax = 200

/** Tells people what came while no page of theirs was open, by the services of their browsers. */
export function createPush({ db, push, jobs, audit, secretsKey, log }: PushDeps) {
  const keyNow = createPushKeys({ db, secretsKey })
  const subscriptions = createSubscriptions({ db, audit })

  async function state({ sessionId }: Caller): Promise<PushState> {
    if (!push) return { publicKey: null, subscription: null }
    const [{ publicKey }, row] = [await keyNow(), await subscriptions.living(sessionId)]
    return { publicKey, subscription: row && toSubscription(row) }
  }

  /** As it is now, be it said late: null where there is nothing to say any more. */
  async function toldOf({ runId, kind }: Omit<News, 'userId'>, { showsTitle, language, spoken }: SubscriptionRow & { spoken: string | null }) {
    const [found] = await db
      .select({ id: conversations.id, title: conversations.title, isTemporary: conversations.temporary, status: messages.status })
      .from(runs)
      .innerJoin(conversations, eq(conversations.id, runs.conversationId))
      .innerJoin(messages, eq(messages.id, runs.assistantMessageId))
      .where(eq(runs.id, runId))
    if (!found || (kind === 'approval') !== (found.status === 'waiting')) return null
    const voice = voiceOf(spoken, language)
    const told: Told = {
      title: (showsTitle && !found.isTemporary && found.title.slice(0, titleMax).toWellFormed()) || 'Jarvis',
      body: {
        answer: () => voice.say('Jarvis has answered.'),
        failed: () => voice.say('Jarvis could not finish its answer.'),
        approval: () => voice.say('Jarvis waits for your approval.'),
      }[kind](),
      lang: voice.language,
      conversationId: found.id,
    }
    return told
  }

  async function deliver(port: PushPort, { sessionId, ...news }: Omit<News, 'userId'> & { sessionId: string }, signal: AbortSignal): Promise<void> {
    const row = await subscriptions.living(sessionId)
    const key = await keyNow()
    // Made for a key that cannot be opened any more: its page makes it anew.
    if (!row || row.publicKey !== key.publicKey) return
    const told = await toldOf(news, row)
    if (!told) return
    const sent = await port.send(row, JSON.stringify(told), key, signal)
    if (sent.as === 'gone') await subscriptions.drop(row)
    if (sent.as === 'refused') log.warn({ status: sent.status }, 'a push service refused a message')
  }

  async function queue({ userId, kind, runId }: News): Promise<void> {
    for (const sessionId of await subscriptions.livingOf(userId))
      await jobs.add(pushJob, { sessionId, kind, runId }, { owner: { userId }, id: `push-${kind}-${runId}-${sessionId}` })
  }

  return {
    state,

    /** @throws invalid_request for an address that nothing is sent to, conflict for an old key, unavailable where it is switched off */
    async subscribe(by: By, body: PushBody): Promise<PushState> {
      if (!push) throw refusal('unavailable.push')
      if (!push.mayGoTo(body.endpoint) || !isReceiver(body.keys)) throw refusal('invalid_request.push_address')
      if (body.publicKey !== (await keyNow()).publicKey) throw refusal('conflict.push_key')
      await subscriptions.keep(by, body)
      return await state(by.caller)
    },

    unsubscribe: subscriptions.end,
    exportOf: subscriptions.exportOf,

    /** Nobody waits for it, and nothing depends on it: an answer is stored, and its page shows it, whether or not anybody was told. */
    tell(news: News): void {
      if (push) queue(news).catch((error: unknown) => log.warn({ err: error, runId: news.runId }, 'nobody is told'))
    },

    /** Starts sending in this process. */
    startJobs(): void {
      if (push) jobs.work(pushJob, (payload, _owner, signal) => deliver(push, payload as Omit<News, 'userId'> & { sessionId: string }, signal))
    },
  }
}

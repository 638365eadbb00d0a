import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import { endPaused, type RunRow, taskEnded } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import type { Database } from '#ports/database/index.ts'
import { conversations, runs, runSteps } from '#ports/database/tables.ts'
import type { Signals } from '#ports/signals/index.ts'
import type { Tell } from './told.ts'

/**
 * Two CTEs that end the wait of the messages that `which` says, whose calls then are cancelled; `ended_runs` are their runs, with their tasks. The conversation's row must be locked: an
 * answer that comes at the same moment either came before, or finds nothing that waits.
 */
export const endWaiting = (which: SQL) => sql`
  ended as (
    update messages set status = 'stopped', interrupts = '[]', tool_calls = (
      select coalesce(jsonb_agg(case when call->>'status' = 'waiting' then call || '{"status":"cancelled"}' else call end order by at), '[]')
      from jsonb_array_elements(tool_calls) with ordinality as t(call, at))
    where status = 'waiting' and ${which} returning run_id),
  ended_runs as (${endPaused(sql`select run_id from ended`)})`

export type EndedRun = { id: string; taskId: string }
/** What ended, as one value. */
export const endedRuns = sql`(select coalesce(json_agg(json_build_object('id', id, 'taskId', task_id)), '[]') from ended_runs)`

/** Whom it concerns that nobody waits any more. A page of a tool that is left open for a lost signal goes when it has been idle. */
export function tellEnded({ signals, tell }: { signals: Signals; tell: Tell }, userId: string, ended: EndedRun[]): void {
  for (const { id, taskId } of ended) {
    signals.publish(taskEnded, taskId)
    tell({ type: 'approval', userId, runId: id, state: 'answered' })
  }
}

/** Runs that wait for a person. */
export function createWaiting({ db, signals, tell }: Pick<Database, 'db'> & { signals: Signals; tell: Tell }) {
  return {
    /** Nobody waits any more for what a paused run asked; one that was answered meanwhile stays as it is. */
    async endWait(run: RunRow): Promise<RunRow> {
      const { run: after, ended } = await db.transaction(async (tx) => {
        await tx.select({ id: conversations.id }).from(conversations).where(eq(conversations.id, run.conversationId)).for('update')
        const { rows } = await tx.execute<{ ended: EndedRun[] }>(sql`with ${endWaiting(sql`run_id = ${run.id}`)} select ${endedRuns} as ended`)
        const [now] = await tx.select().from(runs).where(eq(runs.id, run.id))
        return { run: now ?? run, ended: rows[0]?.ended ?? [] }
      })
      tellEnded({ signals, tell }, run.userId, ended)
      return after
    },

    /** The run of a conversation that paused with this interrupt, answered by now or not. @throws forbidden, not_found */
    async pausedFor(caller: Caller, conversationId: string, interruptId: string): Promise<string> {
      requirePerson(caller)
      const [paused] = await db
        .select({ id: runs.id })
        .from(runs)
        .innerJoin(runSteps, eq(runSteps.runId, runs.id))
        .where(
          and(eq(runs.conversationId, conversationId), eq(runs.userId, caller.userId), sql`${runSteps.step}->'interrupt'->>'id' = ${interruptId}`),
        )
        // The runs after it hold a copy.
        .orderBy(asc(runs.position))
        .limit(1)
      if (!paused) throw new AppError('not_found', 'Nothing in this thread waits for that interrupt.')
      return paused.id
    },
  }
}

/** An approval is a person's word: a program that acts for them must not give it to itself. @throws forbidden */
export function requirePerson({ apiKey }: Pick<Caller, 'apiKey'>): void {
  if (apiKey) throw new AppError('forbidden', 'An API key answers no approval: the person does, signed in.')
}

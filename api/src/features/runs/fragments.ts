import type { RunStatus } from '@jarvis/contracts/chat.ts'
import { type SQL, sql } from 'drizzle-orm'
import { currentRequestId, currentTrace } from '#lib/request-context.ts'
import type { RunStep } from '#lib/run-step.ts'
import { storableJson } from '#lib/storable.ts'
import type { RunRow } from './run.ts'

// Parts of statements: the feature that a run is for writes its own rows in the same statement.

export type NewRun = Pick<
  RunRow,
  'id' | 'userId' | 'conversationId' | 'messageId' | 'assistantMessageId' | 'apiKeyId' | 'requestedModel' | 'requestedTools'
> &
  Partial<Pick<RunRow, 'requestedEffort'>>
type Before = { resumes: string; taskId: string }

/** Puts a run in line for each row of `from`; a `returning` may follow. */
export const queueRun = (run: NewRun, from: SQL, before?: Before) => sql`
  insert into runs (id, user_id, conversation_id, message_id, assistant_message_id, api_key_id, requested_model, requested_tools, requested_effort, resumes, task_id, request_id, trace)
  select ${run.id}::uuid, ${run.userId}::uuid, ${run.conversationId}::uuid, ${run.messageId}::uuid, ${run.assistantMessageId}::uuid, ${run.apiKeyId}::uuid, ${run.requestedModel}::text,
    ${run.requestedTools ? JSON.stringify(run.requestedTools) : null}::jsonb, ${run.requestedEffort ?? null}, ${before?.resumes ?? null}::uuid, ${before?.taskId ?? null}::uuid,
    ${currentRequestId() ?? null}::text, ${currentTrace() ?? null}::text
  from ${from}`

/**
 * CTEs that put the next run of a task in line, `next`: with the steps so far, which are paid for already and so without their tokens, and then
 * with these.
 */
export const continueRun = (run: RunRow, id: string, steps: RunStep[]) => sql`
  next as (${queueRun({ ...run, id }, sql`(select 1) as one`, { resumes: run.id, taskId: run.taskId ?? run.id })} returning id),
  kept as (
    insert into run_steps (run_id, position, step)
    select next.id, s.position,
      case when s.step->>'kind' = 'model' then s.step || '{"inputTokens":0,"outputTokens":0}' else s.step - 'used' end
    from run_steps s, next where s.run_id = ${run.id}),
  further as (
    insert into run_steps (run_id, position, step)
    select next.id, (select coalesce(max(position), 0) from run_steps where run_id = ${run.id}) + f.at, f.step
    from next, jsonb_array_elements(${storableJson(steps)}::jsonb) with ordinality as f(step, at))`

export type RunEnd = { status: RunStatus; model: string | null; routeReason: RunRow['routeReason']; errorCode: string | null }

/** Stores how a run ended, and returns its id, when this is the attempt that has it; its lease stays until its log has its end too. */
export const endRun = ({ id, attempt }: Pick<RunRow, 'id' | 'attempt'>, { status, model, routeReason, errorCode }: RunEnd) => sql`
  update runs set status = ${status}, model = ${model}, route_reason = ${routeReason}, error_code = ${errorCode}, finished_at = now()
  where id = ${id} and attempt = ${attempt} and status = 'running' returning id`

/** Ends runs that paused, by a query for their ids, and returns each `id` and `task_id`. */
export const endPaused = (ids: SQL) => sql`update runs set status = 'cancelled' where id in (${ids}) returning id, coalesce(task_id, id) as task_id`

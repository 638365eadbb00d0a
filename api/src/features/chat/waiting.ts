import { type SQL, sql } from 'drizzle-orm'

/**
 * Two CTEs that end the wait of the messages that `which` says, whose calls then are cancelled; `ended_runs` tells their tasks. The conversation's row must be locked: an
 * answer that comes at the same moment either came before, or finds nothing that waits.
 */
export const endWaiting = (which: SQL) => sql`
  ended as (
    update messages set status = 'stopped', interrupts = '[]', tool_calls = (
      select coalesce(jsonb_agg(case when call->>'status' = 'waiting' then call || '{"status":"cancelled"}' else call end order by at), '[]')
      from jsonb_array_elements(tool_calls) with ordinality as t(call, at))
    where status = 'waiting' and ${which} returning run_id),
  ended_runs as (
    update runs set status = 'cancelled' where id in (select run_id from ended) returning coalesce(task_id, id) as task_id)`

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { openDatabase } from '#ports/database/index.ts'
import { giveBack, renew } from './line.ts'

test('statements about the same runs, whatever the order in which they name them, do not wait for each other in a circle', async () => {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-line-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const { db } = stack.use(await openDatabase({ dataDir }))
  const [user, conversation] = [newId(), newId()]
  await db.execute(sql`insert into users (id, email, name, password_hash, role) values (${user}, 'ada@example.com', 'Ada', 'x', 'user')`)
  await db.execute(sql`insert into conversations (id, user_id) values (${conversation}, ${user})`)
  // Among many others they are looked up one by one, in the order in which they are named.
  await db.execute(sql`
    insert into runs (id, user_id, conversation_id, message_id, assistant_message_id, status, attempt, lease_owner, lease_until)
    select gen_random_uuid(), ${user}, ${conversation}, gen_random_uuid(), gen_random_uuid(),
      case when n <= 3000 then 'running' else 'succeeded' end, 1, case when n <= 3000 then 'me' end, case when n <= 3000 then now() end
    from generate_series(1, 60000) n`)
  await db.execute(sql`analyze runs`)
  const { rows } = await db.execute<{ id: string; attempt: number }>(sql`select id, attempt from runs where status = 'running'`)
  const back = rows.map((run) => ({ ...run, hangs: 0, breaks: 0, pauseMs: 0 }))
  const orders = [back, back.toReversed(), [...back.slice(1500), ...back.slice(0, 1500)]]
  for (let round = 0; round < 3; round++)
    expect(await Promise.all(orders.flatMap((order) => [renew(db, order), giveBack(db, order)]))).toHaveLength(6)
})

import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { openFolder } from '#ports/blobs/folder.ts'
import { createBlobs } from '#ports/blobs/index.ts'
import { startModel, until } from './cluster/cluster.ts'
import { startTestApp } from './test-app.ts'

test('what has had its time goes, what has not stays, and metrics say so', async () => {
  await using model = await startModel(() => ({ text: 'Yes.' }))
  await using app = await startTestApp({ OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk' })
  const { pool } = app.database
  const count = async (table: string) => Number((await pool.query(`select count(*) from ${table}`)).rows[0].count)
  const person = await app.signUp()
  const own = person.user.id
  const id = await person.newConversation()
  for (let i = 0; i < 3; i++) await person.ask(id, `Question ${i}`)
  const [ended, younger] = (await pool.query('select id from runs order by position')).rows.map((row) => row.id as string)
  // An hour to each side of the line.
  await pool.query(`update runs set finished_at = now() - interval '25 hours' where id = $1`, [ended])
  await pool.query(`update runs set finished_at = now() - interval '23 hours' where id = $1`, [younger])
  for (const run of [ended, younger]) await pool.query(`insert into run_steps (run_id, position, step) values ($1, 1, '{}')`, [run])
  for (const hours of [25, 23]) {
    await pool.query(`insert into idempotent_answers (user_id, key, request, created_at) values ($1, $2, '', now() - make_interval(hours => $3))`, [
      own,
      `k${hours}`,
      hours,
    ])
  }
  for (const days of [32, 30]) {
    const session = `00000000-0000-7000-8000-0000000000${days}`
    await pool.query(
      `insert into sessions (id, user_id, user_agent, address, last_seen_at) values ($1, $2, '', '', now() - make_interval(days => $3))`,
      [session, own, days],
    )
    await pool.query(`insert into refresh_tokens (token_hash, session_id, expires_at) values ($1, $2, now() - make_interval(days => $3))`, [
      `t${days}`,
      session,
      days - 30,
    ])
  }
  await pool.query(
    `insert into stripe_events (id, type, received_at) select 'e' || n, '', now() - interval '31 days' from generate_series(1, 2500) n`,
  )

  await app.upkeep.sweep('hourly')
  await app.upkeep.sweep('nightly')
  expect((await pool.query('select run_id from run_steps')).rows).toEqual([{ run_id: younger }])
  expect((await pool.query('select key from idempotent_answers')).rows).toEqual([{ key: 'k23' }])
  expect(await count('stripe_events')).toBe(0)
  expect(await count('runs')).toBe(3)
  // The one that signed up, and the one that was last seen 30 days ago.
  expect(await count('sessions')).toBe(2)
  expect(await count('refresh_tokens')).toBe(2)
  expect((await person.get('/api/v1/me')).status).toBe(200)
  const { body } = await app.anyone().get('/metrics')
  expect(body).toContain('jarvis_upkeep_removed{what="stripe_events"} 2500')
  expect((await pool.query('select what, failure from sweeps where failure is not null or swept_at is null')).rows).toEqual([])
})

test('memories and files of somebody who was deleted by hand are found at night', async () => {
  await using app = await startTestApp()
  const [keeper, person] = [await app.signUp(), await app.signUp()]
  for (const { post } of [keeper, person]) await post('/api/v1/memories', { text: 'My dog is called Biscuit.' })
  const { pool } = app.database
  const files = createBlobs(openFolder(join(app.dataDir, 'files')))
  for (const { user } of [keeper, person]) await files.put(user.id, Readable.from([Buffer.from('Biscuit')]), { bytesMax: 100 })
  // As a process leaves it that is killed while it writes.
  const folder = join(app.dataDir, 'files', keeper.user.id)
  for (const name of ['old.part', 'new.part']) await writeFile(join(folder, name), 'Bis')
  await utimes(join(folder, 'old.part'), 0, 0)
  await pool.query('delete from users where id = $1', [person.user.id])
  await app.upkeep.sweep('nightly')
  expect(await readdir(folder)).toHaveLength(2)
  expect(await readdir(folder)).toContain('new.part')
  expect((await pool.query('select store from erasure_steps union all select user_id::text from memories')).rows).toEqual(
    expect.arrayContaining([{ store: keeper.user.id }]),
  )
  await until(async () => (await pool.query('select from erasures where finished_at is null')).rowCount === 0)
  expect((await pool.query('select user_id from memories')).rows).toEqual([{ user_id: keeper.user.id }])
  expect((await keeper.get('/api/v1/memories')).body.items).toHaveLength(1)
  expect(await files.owners()).toEqual([keeper.user.id])
  await keeper.delete('/api/v1/me')
  await until(async () => (await files.owners()).length === 0)
})

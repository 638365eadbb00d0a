import { once } from 'node:events'
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import pg from 'pg'
import { Secret, TOTP } from 'otpauth'
import { expect, test } from 'vitest'
import { createAudit } from '#features/audit/index.ts'
import { openDatabase } from '#ports/database/index.ts'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import type { Answer } from './client.ts'
import { notetaker, noteTool } from './probe-tools.ts'
import { copyDatabase, newPerson, startTestApp, type TestApp } from './test-app.ts'

/** From now on the outbox takes no event of this name. */
const refuseToAudit = ({ database }: TestApp, action: string) =>
  database.pool.query(`
    create or replace function no_audit() returns trigger language plpgsql as $$ begin raise exception 'the audit takes nothing'; end $$;
    create or replace trigger no_audit before insert on audit_outbox for each row when (new.action like '${action}') execute function no_audit()`)
const auditAgain = ({ database }: TestApp) => database.pool.query('drop trigger no_audit on audit_outbox')

const tables = [
  'users',
  'sessions',
  'refresh_tokens',
  'api_keys',
  'tool_policies',
  'tool_floors',
  'model_providers',
  'chosen_models',
  'installation',
  'erasures',
  'invitations',
  'conversation_shares',
  'one_time_tokens',
  'totp_factors',
  'recovery_codes',
  'letters',
  'push_subscriptions',
  'audit_outbox',
  'audit',
]

async function stateOf({ database }: TestApp): Promise<unknown[]> {
  const sums = tables.map((table) => database.pool.query(`select count(*), sum(hashtext(t::text)) from ${table} t`))
  return (await Promise.all(sums)).map(({ rows }) => rows[0])
}

const codeOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) }).generate()

test('no audit row, no act: whatever cannot be audited leaves everything as it was', async () => {
  await using app = await startTestApp()
  const admin = await app.signUp()
  const person = await app.signUp()
  const { email, password } = person.person
  const login = async () => (await app.anyone().post('/api/v1/auth/login?transport=body', { email, password })).body
  const sessionOf = async () => (await person.get('/api/v1/auth/sessions')).body.items.find(({ current }: { current: boolean }) => !current).id
  const { refreshToken } = await login()
  await login()
  const session = await sessionOf()
  const used = await login()
  const { body: newest } = await app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: used.refreshToken })
  await app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: newest.refreshToken })
  const key = (await person.post('/api/v1/api-keys', { name: 'one' })).body.id

  const conversation = await person.newConversation()
  await person.ask(conversation, 'Hi')
  const invitation = (await admin.post('/api/v1/admin/invitations', {})).body.id
  const added = { ...newPerson(), role: 'user' }
  const another = await app.signUp()
  const { secret } = (await person.post('/api/v1/auth/totp', { password })).body

  const { publicKey } = (await person.get('/api/v1/push')).body
  const told = {
    endpoint: 'https://push.example.net/x',
    keys: { p256dh: publicKey, auth: 'BTBZMqHH6r4Tts7J_aSIgg' },
    publicKey,
    showsTitle: false,
    language: 'en',
  }

  const acts: [name: string, act: () => Promise<Answer>, status: number][] = [
    ['register', () => app.anyone().post('/api/v1/auth/register', newPerson()), 201],
    ['sign in', () => app.anyone().post('/api/v1/auth/login', { email, password }), 200],
    ['fail to sign in', () => app.anyone().post('/api/v1/auth/login', { email, password: 'a wrong one' }), 401],
    ['have a browser told', () => person.put('/api/v1/push/subscription', told), 200],
    ['have it told no more', () => person.delete('/api/v1/push/subscription'), 204],
    ['show a token again', () => app.anyone().post('/api/v1/auth/refresh?transport=body', { refreshToken: used.refreshToken }), 401],
    ['sign out', () => app.anyone().post('/api/v1/auth/logout', { refreshToken }), 204],
    ['end a session', () => person.delete(`/api/v1/auth/sessions/${session}`), 204],
    ['guess the password', () => person.post('/api/v1/auth/password', { current: 'a wrong one', next: 'another good one' }), 401],
    ['change the name', () => person.patch('/api/v1/me', { name: 'Grace' }), 200],
    ['make a key', () => person.post('/api/v1/api-keys', { name: 'two' }), 201],
    ['delete a key', () => person.delete(`/api/v1/api-keys/${key}`), 204],
    ['choose a policy', () => person.patch('/api/v1/tools/web_search', { policy: 'always' }), 200],
    ['change a role', () => admin.patch(`/api/v1/admin/users/${person.user.id}`, { role: 'enterprise' }), 200],
    ['change a plan', () => admin.patch(`/api/v1/admin/users/${person.user.id}`, { plan: 'pro' }), 200],
    ['set a ceiling', () => admin.patch(`/api/v1/admin/users/${person.user.id}`, { ceilingMicroUsd: 7 }), 200],
    ['set a ceiling for all', () => admin.patch('/api/v1/admin/settings', { ceilingMicroUsd: 9_000_000 }), 200],
    ['set how loose a tool may be', () => admin.patch('/api/v1/admin/tools/web_search', { loosest: 'conversation' }), 200],
    ['add a provider', () => admin.post('/api/v1/admin/providers', { name: 'audited', kind: 'anthropic' }), 201],
    ['share a conversation', () => person.post(`/api/v1/conversations/${conversation}/share`, {}), 201],
    ['take a share back', () => person.delete(`/api/v1/conversations/${conversation}/share`), 204],
    ['invite', () => admin.post('/api/v1/admin/invitations', {}), 201],
    ['take an invitation back', () => admin.delete(`/api/v1/admin/invitations/${invitation}`), 204],
    ['add a person', () => admin.post('/api/v1/admin/users', added), 201],
    ['sign somebody out', () => admin.delete(`/api/v1/admin/users/${another.user.id}/sessions`), 204],
    ['end somebody’s password', () => admin.post(`/api/v1/admin/users/${another.user.id}/password`, { delivery: 'link' }), 200],
    ['change the password', () => person.post('/api/v1/auth/password', { current: password, next: 'another good one' }), 204],
    ['set up a factor', () => person.post('/api/v1/auth/totp/confirm', { code: codeOf(secret) }), 200],
    ['take somebody’s factors away', () => admin.delete(`/api/v1/admin/users/${person.user.id}/factors`), 204],
    ['disable', () => admin.patch(`/api/v1/admin/users/${person.user.id}`, { disabled: true }), 200],
  ]
  for (const [name, act, status] of acts) {
    await app.auditRows()
    const before = await stateOf(app)
    await refuseToAudit(app, '%')
    expect({ name, status: (await act()).status }).toEqual({ name, status: 500 })
    expect({ name, state: await stateOf(app) }).toEqual({ name, state: before })
    await auditAgain(app)
    expect({ name, status: (await act()).status }).toEqual({ name, status })
    expect({ name, rows: (await app.auditRows()).length }).toEqual({ name, rows: Number((before.at(-1) as { count: string }).count) + 1 })
  }
  const leaving = await app.signUp()
  await app.auditRows()
  const before = await stateOf(app)
  await refuseToAudit(app, 'user.erased')
  expect((await leaving.delete('/api/v1/me')).status).toBe(500)
  expect(await stateOf(app)).toEqual(before)
  await auditAgain(app)
  expect([202, 204]).toContain((await leaving.delete('/api/v1/me')).status)
  expect((await app.auditRows()).at(-1)).toMatchObject({ action: 'user.erased' })
  expect(await app.audit.verify()).toMatchObject({ ok: true })
})

test('a tool that acts has its audit row first, in a run and over MCP; without one it does not act', async () => {
  const effects: string[] = []
  await using stack = new AsyncDisposableStack()
  const model = await startScriptedModel(notetaker)
  stack.defer(() => model.close())
  await using app = await startTestApp(
    { OPENAI_API_KEY: 'sk-test-secret', OPENAI_BASE_URL: model.url },
    { furtherTools: [noteTool(effects, { risk: 'read' })] },
  )
  const person = await app.signUp()
  const { secret } = (await person.post('/api/v1/api-keys', { name: 'program' })).body
  const client = new McpClient({ name: 'test', version: '1' })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${secret}` } } }),
  )
  const both = async () => {
    const events = await person.ask(await person.newConversation(), 'note: in a run')
    await client.callTool({ name: 'send_note', arguments: { text: 'over MCP' } }).catch(() => undefined)
    return events.at(-1)!.type
  }

  await refuseToAudit(app, '%.started')
  expect(await both()).toBe('RUN_ERROR')
  expect(effects).toEqual([])
  await auditAgain(app)
  expect(await both()).toBe('RUN_FINISHED')
  expect(effects).toEqual(['in a run', 'over MCP'])
  const rows = (await app.auditRows()).filter(({ target }) => target === 'send_note')
  expect(rows.map(({ action, details }) => [action, details.outcome])).toEqual([
    ['tool.started', undefined],
    ['tool.called', 'ok'],
    ['mcp.started', undefined],
    ['mcp.called', 'ok'],
  ])
  await client.close()
})

test('a person’s stop in the middle of a tool call ends the call itself, and the audit says that it was cancelled', async () => {
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const effects: string[] = []
  const endless = noteTool(effects, {
    risk: 'read',
    timeoutSeconds: 600,
    execute: async (_args, { signal }) => {
      begun.resolve()
      try {
        await once(signal, 'abort')
      } finally {
        ended.resolve()
      }
      signal.throwIfAborted()
      effects.push('after the stop')
      return { content: 'sent' }
    },
  })
  await using stack = new AsyncDisposableStack()
  const model = await startScriptedModel(notetaker)
  stack.defer(() => model.close())
  await using app = await startTestApp({ OPENAI_API_KEY: 'sk-test-secret', OPENAI_BASE_URL: model.url }, { furtherTools: [endless] })
  const person = await app.signUp()
  const conversation = await person.newConversation()
  const sent = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'note: for ever' })
  const { runId } = sent.body
  await begun.promise
  expect((await person.post(`/api/v1/runs/${runId}/cancel`)).status).toBe(202)
  await ended.promise
  expect((await person.events(runId)).at(-1)!.event).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } })
  const stored = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items.at(-1)
  expect(stored).toMatchObject({ status: 'stopped', toolCalls: [{ name: 'send_note', status: 'cancelled' }] })
  expect(effects).toEqual([])
  expect(model.requests.filter(({ path }) => path.endsWith('/chat/completions'))).toHaveLength(1)
  const rows = (await app.auditRows()).filter(({ target }) => target === 'send_note')
  expect(rows.map(({ action, actorId, details }) => [action, actorId, details.outcome])).toEqual([
    ['tool.started', person.user.id, undefined],
    ['tool.called', person.user.id, 'cancelled'],
  ])
})

/** A database of its own, and its audit. */
async function openAudit(stack: AsyncDisposableStack) {
  const url = await copyDatabase(stack)
  const database = stack.use(await openDatabase({ url, dataDir: '' }))
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  stack.defer(() => other.end())
  return { database, other, audit: createAudit(database) }
}

test('400 events at once wait for nobody: with the chain held by somebody else all are recorded, listed as pending, and linked later', async () => {
  await using stack = new AsyncDisposableStack()
  const { database, other, audit } = await openAudit(stack)
  // What a version before this one holds while it adds to the chain.
  await other.query('begin; select pg_advisory_xact_lock(1784771940)')
  await Promise.all([
    ...Array.from({ length: 400 }, (_, n) => audit.recordAlone({ action: 'burst', target: String(n), address: '192.0.2.1' })),
    ...Array.from({ length: 20 }, () => database.pool.query('select 1')),
  ])
  const page = await audit.list({ limit: 1000, action: 'burst' })
  expect(page.items).toHaveLength(400)
  expect(page.items.every(({ pending, hash }) => pending && hash === null)).toBe(true)
  expect(new Set(page.items.map(({ id }) => id)).size).toBe(400)

  await other.query('commit')
  expect(await audit.verify()).toMatchObject({ ok: true, rows: 400, pending: 0 })
  const linked = await audit.list({ limit: 1000, action: 'burst' })
  expect(new Set(linked.items.map(({ target }) => target)).size).toBe(400)
  expect(linked.items.some(({ pending }) => pending)).toBe(false)
})

test('several linkers at once and acts that go on make one chain, without a gap or a row twice', async () => {
  await using stack = new AsyncDisposableStack()
  const { audit } = await openAudit(stack)
  const record = async (n: number) => {
    await audit.recordAlone({ action: 'burst', target: String(n) })
    if (n % 10 === 0) await audit.verify()
  }
  await Promise.all(Array.from({ length: 300 }, (_, n) => record(n)))
  expect(await audit.verify()).toMatchObject({ ok: true, rows: 300, pending: 0 })
})

test('an act that is undone leaves no row, in its place another follows', async () => {
  await using stack = new AsyncDisposableStack()
  const { database, audit } = await openAudit(stack)
  const undone = database.db.transaction(async (tx) => {
    await audit.record(tx, { action: 'undone' })
    throw new Error('changed my mind')
  })
  await expect(undone).rejects.toThrow('changed my mind')
  await audit.recordAlone({ action: 'done' })
  expect(await audit.verify()).toMatchObject({ ok: true, rows: 1 })
})

test('rows of a newer version are unknown, not broken; what is changed, taken away or slipped in is broken', async () => {
  await using app = await startTestApp()
  for (let n = 0; n < 4; n++)
    await app.audit.recordAlone({ action: 'seen', target: 'ä"\\\n\u2028\u0000', details: { bb: 1, a: 'é', c: null, d: true, e: '\u0000\ud800' } })
  // The linker of the process may be at it just now: then they are still pending.
  await expect.poll(() => app.audit.verify()).toMatchObject({ ok: true, rows: 4, unknown: 0 })
  await app.tamper('update audit set recipe = 3 where id = 2')
  expect(await app.audit.verify()).toMatchObject({ ok: false, rows: 4, firstBadId: null, unknown: 1, firstUnknownId: 2 })
  await app.tamper('update audit set recipe = 2')
  for (const [statement, firstBadId] of [
    [`update audit set action = 'nothing.happened' where id = 2`, 2],
    [`update audit set details = '{}' where id = 3`, 3],
    [`update audit set address = '192.0.2.1' where id = 3`, 3],
    ['delete from audit where id = 2', 2],
    ['update audit set recipe = 1 where id = 4', 4],
  ] as const) {
    await app.tamper(`create table kept as select * from audit; ${statement}`)
    expect({ statement, ...(await app.audit.verify()) }).toMatchObject({ statement, ok: false, firstBadId })
    await app.tamper('delete from audit; insert into audit select * from kept; drop table kept')
    expect(await app.audit.verify()).toMatchObject({ ok: true, rows: 4 })
  }
})

test('erasing an account takes its addresses out of the audit, and the chain still holds; one put in their place breaks it', async () => {
  await using own = await startTestApp()
  const person = await own.signUp()
  const { id } = person.user
  const rowsOf = async () => (await own.auditRows()).filter(({ actorId }) => actorId === id)
  expect(await rowsOf()).toMatchObject([{ action: 'user.registered', address: '127.0.0.1', addressSalt: expect.any(String) }])
  await person.delete('/api/v1/me')
  expect((await rowsOf()).map(({ action }) => action)).toEqual(expect.arrayContaining(['user.registered', 'user.erased']))
  for (const row of await rowsOf()) expect(row).toMatchObject({ address: null, addressSalt: null })
  expect(await own.audit.verify()).toMatchObject({ ok: true })
  await own.tamper(`update audit set address = '10.0.0.1' where actor_id = '${id}' and action = 'user.registered'`)
  expect(await own.audit.verify()).toMatchObject({ ok: false })
})

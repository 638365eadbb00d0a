import { createHash } from 'node:crypto'
import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Tool } from '#features/agent/tool.ts'
import { users } from '#ports/database/tables.ts'
import { type Script, startScriptedModel } from '../../simulators/openai/scripted.ts'
import type { createClient } from './client.ts'
import { startRedis } from './engines/redis.ts'
import { approve, deny, interruptsIn, notetaker, noteTool } from './probe-tools.ts'
import { copyDatabase, startTestApp } from './test-app.ts'

let cleanups: AsyncDisposableStack
beforeEach(() => void (cleanups = new AsyncDisposableStack()))
afterEach(() => cleanups.disposeAsync())

type Client = Pick<ReturnType<typeof createClient>, 'post' | 'get' | 'events'>

/** An app with a tool that acts, and a model that uses it. */
async function appWithNotes(settings: Record<string, string> = {}, script: Script = notetaker, furtherTools: Tool[] = []) {
  const effects: string[] = []
  const model = await startScriptedModel(script)
  cleanups.defer(() => model.close())
  const provider = { OPENAI_API_KEY: 'sk-test-secret', OPENAI_BASE_URL: model.url }
  const start = async (more: Record<string, string> = {}) =>
    cleanups.use(await startTestApp({ ...provider, ...settings, ...more }, { furtherTools: [noteTool(effects), ...furtherTools] }))
  const app = await start()
  return { app, start, effects, model, person: await app.signUp() }
}

async function askNote(person: Awaited<ReturnType<typeof appWithNotes>>['person'], content = 'note: hello', conversation?: string) {
  const conversationId = conversation ?? (await person.newConversation())
  const sent = await person.post(`/api/v1/conversations/${conversationId}/messages`, { messageId: crypto.randomUUID(), content })
  const runId = sent.body.runId as string
  const events = (await person.events(runId)).map(({ event }) => event)
  return { conversationId, runId, events, interrupts: interruptsIn(events) }
}

const newestMessage = async (person: Client, conversationId: string) =>
  (await person.get(`/api/v1/conversations/${conversationId}/messages?limit=100`)).body.items.at(-1)

const goOn = (client: Client, runId: string, resume: unknown[]) => client.post(`/api/v1/runs/${runId}/resume`, { resume })

test('a tool that acts does nothing until the person says so, and then exactly what was shown', async () => {
  const { person, effects, app } = await appWithNotes()
  const { conversationId, runId, events, interrupts } = await askNote(person)
  expect(effects).toEqual([])
  const [interrupt] = interrupts
  const args = '{"text":"hello"}'
  expect(interrupt).toMatchObject({ tool: 'send_note', args, risk: 'act', leaves: null, taint: null, mayRemember: true })
  expect(interrupt!.argsHash).toBe(createHash('sha256').update(`send_note\n${args}`).digest('hex'))
  expect(Date.parse(interrupt!.expiresAt)).toBeGreaterThan(Date.now())
  expect(events.at(-1)).toMatchObject({ outcome: { type: 'interrupt', interrupts: [{ reason: 'tool_call', toolCallId: 'call_0' }] } })
  expect(await newestMessage(person, conversationId)).toMatchObject({
    status: 'waiting',
    toolCalls: [{ status: 'waiting' }],
    interrupts: [interrupt],
  })
  expect((await person.get(`/api/v1/runs/${runId}`)).body.status).toBe('interrupted')

  const resumed = await goOn(person, runId, [approve(interrupt!)])
  expect(resumed.status).toBe(202)
  const retold = (await person.events(resumed.body.runId)).map(({ event }) => event)
  expect(effects).toEqual(['hello'])
  const answer = [...events, ...retold].reduce(foldRunEvent, emptyAnswer)
  expect(answer).toMatchObject({ status: 'complete', content: 'I will. Done: sent: hello', interrupts: [] })
  const stored = await newestMessage(person, conversationId)
  expect(stored).toMatchObject({
    status: 'complete',
    content: answer.content,
    toolCalls: answer.toolCalls,
    interrupts: [],
    runId: resumed.body.runId,
  })
  expect(stored.toolCalls[0]).toMatchObject({ status: 'done', durationMs: expect.any(Number) })

  const audited = await app.auditRows()
  const ofTools = audited
    .filter(({ action }) => action.startsWith('tool.'))
    .map(({ action, actorId, target, details }) => [action, actorId, target, details.outcome, details.argsHash])
  const by = (action: string, outcome: string | undefined) => [action, person.user.id, 'send_note', outcome, interrupt!.argsHash]
  expect(ofTools).toEqual([by('tool.called', 'asked'), by('tool.decided', 'approved'), by('tool.started', undefined), by('tool.called', 'ok')])
  expect(await app.audit.verify()).toMatchObject({ ok: true })
})

test('what a person denies is never done, and the model reads that it was not allowed', async () => {
  const { person, effects, model } = await appWithNotes()
  const { conversationId, runId, interrupts } = await askNote(person)
  await person.events((await goOn(person, runId, [deny(interrupts[0]!)])).body.runId)
  expect(effects).toEqual([])
  expect(await newestMessage(person, conversationId)).toMatchObject({ status: 'complete', toolCalls: [{ status: 'denied' }] })
  expect(JSON.stringify(model.requests.at(-1)!.body)).toContain('did not allow')
})

test('of several calls the safe ones run at once, and each of the others has its own answer', async () => {
  const { person, effects } = await appWithNotes()
  const { conversationId, runId, interrupts } = await askNote(person, 'note: one\nnote: two\nnote: three')
  expect(interrupts.map(({ args }) => args)).toEqual(['{"text":"one"}', '{"text":"two"}', '{"text":"three"}'])
  const [one, two, three] = interrupts
  const missing = await goOn(person, runId, [approve(one!), deny(two!)])
  expect(missing).toMatchObject({ status: 400, body: { code: 'invalid_request', detail: expect.stringContaining(three!.id) } })
  expect(effects).toEqual([])
  const { body } = await goOn(person, runId, [approve(one!), deny(two!), approve(three!)])
  await person.events(body.runId)
  expect(effects.toSorted()).toEqual(['one', 'three'])
  const { toolCalls } = await newestMessage(person, conversationId)
  expect(toolCalls.map(({ status }: { status: string }) => status)).toEqual(['done', 'denied', 'done'])
})

test('edited arguments are checked before they are taken, and run as they were written', async () => {
  const { person, effects } = await appWithNotes()
  const { conversationId, runId, interrupts } = await askNote(person)
  const edited = (args: string) => goOn(person, runId, [approve(interrupts[0]!, { args })])
  for (const faulty of ['not json', '[]', '{"text":""}', '{"text":"x","to":"y"}']) expect((await edited(faulty)).status).toBe(400)
  expect(effects).toEqual([])
  const { body } = await edited('{ "text": "hello, world" }')
  await person.events(body.runId)
  expect(effects).toEqual(['hello, world'])
  expect((await newestMessage(person, conversationId)).toolCalls[0].args).toBe('{"text":"hello, world"}')
})

test('another hash, another person, another id or a second opinion changes nothing', async () => {
  const { app, person, effects } = await appWithNotes()
  const { runId, interrupts } = await askNote(person)
  const [interrupt] = interrupts
  expect((await goOn(person, runId, [approve(interrupt!, { argsHash: 'f'.repeat(64) })])).status).toBe(409)
  expect((await goOn(person, runId, [{ interruptId: interrupt!.id, status: 'resolved', payload: { approved: true } }])).status).toBe(400)
  expect((await goOn(person, runId, [{ interruptId: interrupt!.id, status: 'resolved' }])).status).toBe(400)
  expect((await goOn(person, runId, [approve(interrupt!), approve(interrupt!)])).status).toBe(400)
  expect((await goOn(person, runId, [approve({ ...interrupt!, id: crypto.randomUUID() })])).status).toBe(400)
  const stranger = await app.signUp()
  expect((await goOn(stranger, runId, [approve(interrupt!)])).status).toBe(404)
  expect((await goOn(person, crypto.randomUUID(), [approve(interrupt!)])).status).toBe(404)
  expect(effects).toEqual([])

  const first = await goOn(person, runId, [approve(interrupt!)])
  await person.events(first.body.runId)
  const again = await goOn(person, runId, [approve(interrupt!)])
  expect(again).toMatchObject({ status: 202, body: first.body })
  expect((await goOn(person, runId, [deny(interrupt!)])).status).toBe(409)
  expect((await goOn(person, runId, [approve(interrupt!, { args: '{"text":"other"}' })])).status).toBe(409)
  expect((await goOn(person, first.body.runId, [approve(interrupt!)])).status).toBe(409)
  expect(effects).toEqual(['hello'])
})

test('an approval that comes too late does nothing, and the run can go on without it', async () => {
  const { person, effects, model } = await appWithNotes({ APPROVAL_SECONDS: '1' })
  const { conversationId, runId, interrupts } = await askNote(person)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(interrupts[0]!.expiresAt) - Date.now() + 5)))
  expect(await goOn(person, runId, [approve(interrupts[0]!)])).toMatchObject({ status: 410, body: { code: 'approval_expired' } })
  const { body } = await goOn(person, runId, [{ interruptId: interrupts[0]!.id, status: 'cancelled' }])
  await person.events(body.runId)
  expect(effects).toEqual([])
  expect(await newestMessage(person, conversationId)).toMatchObject({ status: 'complete', toolCalls: [{ status: 'denied' }] })
  expect(JSON.stringify(model.requests.at(-1)!.body)).toContain('Nobody allowed this in time')
})

test('who writes on, or cancels, waits no longer: nothing runs, and no later approval changes that', async () => {
  const { person, effects } = await appWithNotes()
  const { conversationId, runId, interrupts } = await askNote(person)
  await person.ask(conversationId, 'never mind')
  const { items } = (await person.get(`/api/v1/conversations/${conversationId}/messages`)).body
  expect(items[1]).toMatchObject({ status: 'stopped', interrupts: [], toolCalls: [{ status: 'cancelled' }] })
  expect((await goOn(person, runId, [approve(interrupts[0]!)])).status).toBe(409)

  const other = await askNote(person, 'note: again', conversationId)
  expect((await person.post(`/api/v1/runs/${other.runId}/cancel`)).body.status).toBe('cancelled')
  expect((await goOn(person, other.runId, [approve(other.interrupts[0]!)])).status).toBe(409)
  expect(effects).toEqual([])
})

test('a pause survives a restart: another process takes the approval and goes on', async () => {
  const DATABASE_URL = await copyDatabase(cleanups)
  const { app, start, person, effects } = await appWithNotes({ JWT_SECRET: 'the same secret for both processes', DATABASE_URL })
  const { conversationId, runId, interrupts } = await askNote(person)
  await app[Symbol.asyncDispose]()
  const next = await start()
  const later = next.anyone()
  later.useToken(person.accessToken)
  // Told from what is stored: the log went with its process.
  expect(interruptsIn((await later.events(runId)).map(({ event }) => event))).toEqual(interrupts)
  await later.events((await goOn(later, runId, [approve(interrupts[0]!)])).body.runId)
  expect(effects).toEqual(['hello'])
  expect(await newestMessage(later, conversationId)).toMatchObject({ status: 'complete', content: 'I will. Done: sent: hello' })
})

test('twenty approvals at once, over sockets and REST on two processes, act once and start one run', async () => {
  const redis = cleanups.use(await startRedis())
  const { app, start, person, effects } = await appWithNotes({ REDIS_URL: redis.url, JWT_SECRET: 'the same secret for both processes' })
  const two = await start({ DATABASE_URL: app.settings.DATABASE_URL })
  const elsewhere = two.anyone()
  elsewhere.useToken(person.accessToken)
  const { conversationId, runId, interrupts } = await askNote(person)
  const resume = [approve(interrupts[0]!)]
  const overSocket = async (client: typeof elsewhere, id: string) => {
    const socket = await client.socket()
    socket.send({ type: 'resume', id, runId, resume })
    const ack = await socket.next('ack', (frame) => frame.id === id)
    const events = await socket.runToEnd(ack.runId)
    socket.close()
    expect(events.at(-1)!.event).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'success' } })
    return ack.runId
  }
  const runIds = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const client = index % 2 ? person : elsewhere
      return index % 4 < 2 ? (await goOn(client, runId, resume)).body.runId : await overSocket(client, String(index))
    }),
  )
  expect(new Set(runIds).size).toBe(1)
  await person.events(runIds[0])
  expect(effects).toEqual(['hello'])
  expect(await newestMessage(person, conversationId)).toMatchObject({ status: 'complete' })
})

test('"for this conversation" holds there and nowhere else, until it is revoked', async () => {
  const { person, effects, app } = await appWithNotes()
  const { conversationId, runId, interrupts } = await askNote(person)
  await person.events((await goOn(person, runId, [approve(interrupts[0]!, { remember: true })])).body.runId)
  expect((await askNote(person, 'note: two', conversationId)).interrupts).toEqual([])
  expect((await askNote(person, 'note: elsewhere')).interrupts).toHaveLength(1)
  expect(effects).toEqual(['hello', 'two'])
  const { items } = (await person.get('/api/v1/approvals')).body
  expect(items).toMatchObject([{ tool: 'send_note', conversationId, conversationTitle: 'note: hello' }])
  const stranger = await app.signUp()
  expect((await stranger.delete(`/api/v1/approvals/${items[0].id}`)).status).toBe(404)
  expect((await person.delete(`/api/v1/approvals/${items[0].id}`)).status).toBe(204)
  expect((await askNote(person, 'note: three', conversationId)).interrupts).toHaveLength(1)
  expect(effects).toEqual(['hello', 'two'])
})

test('a decision stands with what it allows for later, and what a tool did with its audit row, or neither does', async () => {
  const { person, effects, app } = await appWithNotes()
  const query = (text: string) => app.database.pool.query(text)
  const { conversationId, runId, interrupts } = await askNote(person)
  await query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'nothing is kept'; end $$;
    create trigger refuse before insert on standing_approvals for each row execute function refuse()`)
  const allow = () => goOn(person, runId, [approve(interrupts[0]!, { remember: true })])
  expect((await allow()).status).toBe(500)
  expect(await newestMessage(person, conversationId)).toMatchObject({ status: 'waiting' })
  await query('drop trigger refuse on standing_approvals')

  // The first attempt breaks off after the tool acted, before its result is kept.
  await query(`
    create function refuse_first() returns trigger language plpgsql as $$ begin
      if (select attempt from runs where id = new.run_id) = 1 then raise exception 'nothing is kept'; end if;
      return new;
    end $$;
    create trigger refuse_first before insert on run_steps for each row when (new.step->>'kind' = 'tool') execute function refuse_first()`)
  await person.events((await allow()).body.runId)
  expect(effects).toEqual(['hello'])
  expect(await newestMessage(person, conversationId)).toMatchObject({ status: 'complete', toolCalls: [{ status: 'failed' }] })
  const rows = (await app.auditRows()).filter(({ action }) => /^(tool|approval)\./.test(action))
  expect(rows.map(({ action, details }) => [action, details.outcome])).toEqual([
    ['tool.called', 'asked'],
    ['tool.decided', 'approved'],
    ['approval.remembered', undefined],
    ['tool.started', undefined],
    ['tool.called', 'unknown'],
  ])
})

test('a person chooses how often they are asked, no looser than the administrator allows', async () => {
  const { person, effects } = await appWithNotes()
  const policy = (name: string, policy: string) => person.patch(`/api/v1/tools/${name}`, { policy })
  const listed = async () => (await person.get('/api/v1/tools')).body.items.find(({ name }: { name: string }) => name === 'send_note')
  expect(await listed()).toMatchObject({ policy: 'always', loosest: 'conversation' })
  expect(await policy('send_note', 'never')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  expect((await policy('no_such_tool', 'always')).status).toBe(404)

  expect(await policy('send_note', 'conversation')).toMatchObject({ status: 200, body: { policy: 'conversation' } })
  const { conversationId, runId, interrupts } = await askNote(person)
  await person.events((await goOn(person, runId, [approve(interrupts[0]!)])).body.runId)
  expect((await askNote(person, 'note: two', conversationId)).interrupts).toEqual([])

  await policy('send_note', 'always')
  const strict = await askNote(person, 'note: three', conversationId)
  expect(strict.interrupts).toMatchObject([{ mayRemember: false }])
  expect(effects).toEqual(['hello', 'two'])

  // A tool that only reads asks where the person wants it to.
  expect(await policy('calculator', 'always')).toMatchObject({ status: 200 })
})

test('a plan that changes acts on the next call of a run that is at work', async () => {
  let demote = async () => {}
  const forPro = noteTool([], { name: 'pro_note', risk: 'read', plans: ['pro'] })
  const call = { toolCalls: [{ name: 'pro_note', arguments: { text: 'x' } }] }
  const script: Script = async (_request, index) => {
    if (index === 1) await demote()
    return index < 2 ? call : { text: 'Done.' }
  }
  const { app, person } = await appWithNotes({}, script, [forPro])
  const setPlan = (plan: 'pro' | 'free') => app.database.db.update(users).set({ plan }).where(eq(users.id, person.user.id))
  await setPlan('pro')
  demote = async () => void (await setPlan('free'))
  const events = await person.ask(await person.newConversation(), 'go')
  const results = events.flatMap((event) => (event.type === 'TOOL_CALL_RESULT' ? [event.content] : []))
  expect(results).toEqual(['sent: x', 'There is no tool "pro_note" here.'])
})

test('arguments that are no JSON go back to the model, and a call that was cut off ends the answer: neither is run', async () => {
  const broken = { name: 'send_note', arguments: '{"text": hello' }
  const { person, effects, model } = await appWithNotes({}, [{ toolCalls: [broken] }, { text: 'I could not.' }])
  const events = await person.ask(await person.newConversation(), 'go')
  expect(events.find(({ type }) => type === 'TOOL_CALL_RESULT')).toMatchObject({
    metadata: { failed: true },
    content: expect.stringContaining('not a JSON object'),
  })
  expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'success' } })
  expect(JSON.stringify(model.requests.at(-1)!.body)).toContain('not a JSON object')
  const cut = await appWithNotes({}, [{ toolCalls: [broken], finishReason: 'length' }])
  expect((await cut.person.ask(await cut.person.newConversation(), 'go')).at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'upstream_failed' })
  expect([...effects, ...cut.effects]).toEqual([])
})

test('what would leave is looked at again before it leaves: if it is another thing by now, it does not', async () => {
  let form = 'https://shop.example/order'
  const effects: string[] = []
  const press = noteTool(effects, { name: 'press', leaves: () => ({ to: 'shop.example', content: form, choice: { kind: 'address' } }) })
  const script: Script = [{ toolCalls: [{ name: 'press', arguments: { text: 'go' } }] }, { text: 'Done.' }]
  const { person } = await appWithNotes({}, script, [press])
  const { runId, interrupts } = await askNote(person, 'press it')
  expect(interrupts).toMatchObject([{ leaves: { to: 'shop.example', content: form } }])
  form = 'https://shop.example/stolen'
  const { body } = await goOn(person, runId, [approve(interrupts[0]!)])
  const events = (await person.events(body.runId)).map(({ event }) => event)
  expect(events.find(({ type }) => type === 'TOOL_CALL_RESULT')).toMatchObject({
    metadata: { failed: true },
    content: expect.stringContaining('has changed'),
  })
  expect(effects).toEqual([])
})

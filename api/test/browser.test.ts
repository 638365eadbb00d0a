import { createHash } from 'node:crypto'
import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import type { RunEvent } from '@jarvis/contracts/run.ts'
import { expect, test } from 'vitest'
import { type ScriptedToolCall, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { type Site, startSite } from '../../simulators/web/site.ts'
import { startTestApp } from './test-app.ts'

/** A Jarvis with a real browser, a small web, and a model that makes these calls one after the other, then answers. */
async function browsing(calls: (site: Site) => ScriptedToolCall[], settings: Record<string, string> = {}) {
  await using stack = new AsyncDisposableStack()
  const site = await startSite()
  stack.defer(() => site.close())
  const model = await startScriptedModel([
    ...calls(site).map((call, index) => ({ toolCalls: [{ id: `call-${index}`, ...call }] })),
    { text: 'Done.' },
  ])
  stack.defer(() => model.close())
  const app = stack.use(
    await startTestApp({
      OPENAI_API_KEY: 'k',
      OPENAI_BASE_URL: model.url,
      BROWSER_EXECUTABLE: '/usr/bin/chromium-headless-shell',
      EGRESS_ALLOW_HOSTS: site.host,
      ...settings,
    }),
  )
  const person = await app.signUp()
  await app.database.pool.query(`update users set plan = 'pro' where id = $1`, [person.user.id])
  const conversation = await person.newConversation()
  const resources = stack.move()
  return { site, app, person, conversation, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

const results = (events: RunEvent[]) => events.flatMap((event) => (event.type === 'TOOL_CALL_RESULT' ? [event.content] : []))
const pictures = (events: RunEvent[]) => events.flatMap((event) => (event.type === 'CUSTOM' && event.name === 'screenshot' ? [event.value.url] : []))
const interruptsOf = async (person: { get(path: string): Promise<{ body: { items: { interrupts: Interrupt[] }[] } }> }, conversation: string) =>
  (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items.at(-1)!.interrupts

test('a page that a person names is opened without a question, is a source, and its picture is for them alone', async () => {
  await using at = await browsing((site) => [{ name: 'browser_open', arguments: { url: `${site.url}/` } }])
  const events = await at.person.ask(at.conversation, `What does ${at.site.url}/ say?`)
  expect(results(events)[0]).toContain('High water is at **noon**.')
  expect(events.find((event) => event.type === 'CUSTOM' && event.name === 'sources')).toMatchObject({
    value: { items: [{ title: 'Tide tables', url: `${at.site.url}/` }] },
  })

  const [picture] = pictures(events)
  const shown = await at.person.get(picture!)
  expect([shown.status, shown.headers.get('content-type'), shown.headers.get('cache-control')]).toEqual([200, 'image/jpeg', 'private, no-store'])
  expect(shown.headers.get('content-security-policy')).toContain('sandbox')
  expect((await (await at.app.signUp()).get(picture!)).status).toBe(404)
  expect((await at.app.anyone().get(picture!)).status).toBe(401)
  await at.person.delete(`/api/v1/conversations/${at.conversation}`)
  expect((await at.person.get(picture!)).status).toBe(404)
})

test('a PDF is read as text; to scroll on is a choice that its page sees, and is asked about in the end', async () => {
  await using at = await browsing((site) => [
    { name: 'browser_open', arguments: { url: `${site.url}/report.pdf` } },
    { name: 'browser_find', arguments: { text: 'noon' } },
    { name: 'browser_open', arguments: { url: `${site.url}/list` } },
    ...Array.from({ length: 6 }, () => ({ name: 'browser_scroll', arguments: { to: 'on' } })),
  ])
  const events = await at.person.ask(at.conversation, `Compare ${at.site.url}/report.pdf and ${at.site.url}/list, please.`)
  const told = results(events)
  expect(told[0]).toContain('The report begins here')
  expect(told[0]).toContain('Note: 1 of 3 pages have no text that can be read')
  expect(told[1]).toContain('High water at noon')
  expect(told[2]).toContain('Item 20')
  expect(told.length).toBeGreaterThan(3)
  expect(told.length).toBeLessThan(6)
  expect(await interruptsOf(at.person, at.conversation)).toMatchObject([{ tool: 'browser_scroll', reason: expect.stringContaining('Each choice') }])
})

test('a form is sent when the person has seen where to and what, and not before', async () => {
  await using at = await browsing((site) => [
    { name: 'browser_open', arguments: { url: `${site.url}/shop` } },
    { name: 'browser_click', arguments: { ref: 3 } },
  ])
  const asked = await at.person.ask(at.conversation, `Search in ${at.site.url}/shop`)
  expect(asked.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'interrupt' } })
  const [interrupt] = await interruptsOf(at.person, at.conversation)
  expect(interrupt).toMatchObject({
    tool: 'browser_click',
    risk: 'act',
    leaves: { to: at.site.host, content: `GET ${at.site.url}/found\nq: \nsort: p` },
  })
  expect(at.site.requests.some(({ path }) => path.startsWith('/found'))).toBe(false)

  const { runId } = (await at.person.get(`/api/v1/conversations/${at.conversation}/messages`)).body.items.at(-1)
  const payload = { approved: true, argsHash: createHash('sha256').update(`browser_click\n${interrupt!.args}`).digest('hex') }
  const resumed = await at.person.post(`/api/v1/runs/${runId}/resume`, { resume: [{ interruptId: interrupt!.id, status: 'resolved', payload }] })
  expect(resumed.status).toBe(202)
  const events = (await at.person.events(resumed.body.runId)).map(({ event }) => event)
  expect(results(events).at(-1)).toContain('You looked for')
  expect(at.site.requests.filter(({ path }) => path.startsWith('/found'))).toHaveLength(1)
})

test('a person who cancels or writes on instead of answering gives the page back, so that others have a place', async () => {
  const calls = (site: Site) => [
    { name: 'browser_open', arguments: { url: `${site.url}/shop` } },
    { name: 'browser_click', arguments: { ref: 3 } },
  ]
  await using at = await browsing((site) => [...calls(site), ...calls(site), ...calls(site)], { BROWSER_CONTEXTS_MAX: '1' })
  const question = `Search in ${at.site.url}/shop`
  const first = await at.person.ask(at.conversation, question)
  await at.person.post(`/api/v1/runs/${first[0]!.type === 'RUN_STARTED' ? first[0]!.runId : ''}/cancel`)
  for (const events of [first, await at.person.ask(await at.person.newConversation(), question)]) {
    expect(results(events)[0]).toContain('Shop')
    expect(events.at(-1)).toMatchObject({ outcome: { type: 'interrupt' } })
  }
  const { items } = (await at.person.get('/api/v1/conversations')).body
  const last = await at.person.ask(items[0].id, question)
  expect(results(last)[0]).toContain('Shop')
})

test('a page on a private address is a failed call with its reason, and nothing is shown', async () => {
  await using at = await browsing(() => [{ name: 'browser_open', arguments: { url: 'file:///etc/passwd' } }])
  const events = await at.person.ask(at.conversation, 'Open file:///etc/passwd')
  expect(events.find(({ type }) => type === 'TOOL_CALL_RESULT')).toMatchObject({ metadata: { failed: true } })
  expect(pictures(events)).toEqual([])
})

test('on the free plan, and where there is no browser, its tools are neither listed nor called', async () => {
  await using at = await browsing((site) => [{ name: 'browser_open', arguments: { url: site.url } }])
  const names = async (person: typeof at.person) => (await person.get('/api/v1/tools')).body.items.map(({ name }: { name: string }) => name)
  expect(await names(at.person)).toContain('browser_open')
  const free = await at.app.signUp()
  expect(await names(free)).not.toContain('browser_open')
  await free.ask(await free.newConversation(), `Open ${at.site.url}`)
  await using without = await browsing(() => [], { BROWSER_CONTEXTS_MAX: '0' })
  expect(await names(without.person)).not.toContain('browser_open')
  expect(at.site.requests).toEqual([])
})

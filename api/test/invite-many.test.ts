import { afterAll, expect, test } from 'vitest'
import { InviteManyBody, invitedRowsMax } from '@jarvis/contracts/invitations.ts'
import { startMailApp } from './mail-app.ts'
import { newPerson, type TestApp } from './test-app.ts'

type Person = Awaited<ReturnType<TestApp['signUp']>>
type Row = { email: string; role?: string; plan?: string }
type Shown = { email: string; role: string | null; plan: string | null; outcome: string; url: string | null }

const mailed = await startMailApp({ REGISTRATION: 'invitation' })
const { mail, app, admin } = mailed
afterAll(() => mailed[Symbol.asyncDispose]())

const url = '/api/v1/admin/invitations/import'
const bring = (rows: Row[], more: object = {}, by: Person = admin) => by.post(url, { rows, ...more })
const outcomes = ({ body }: { body: { rows: Shown[] } }) => body.rows.map(({ outcome }) => outcome)
const waiting = async () => (await admin.get('/api/v1/admin/invitations')).body.items.length as number
const audited = async () => (await app.auditRows()).filter(({ action }) => action === 'invitation.created').length

const known = newPerson().email
await admin.post('/api/v1/admin/invitations', { email: known })
const [one, two, three] = [newPerson().email, newPerson().email, newPerson().email]

test('each row has its own outcome: shown before, and the same when it is done; one that is wrong costs no other', async () => {
  const table: [Row, outcome: string][] = [
    [{ email: one }, 'link'],
    [{ email: ` ${two.toUpperCase()} `, role: ' Admin', plan: 'PRO ' }, 'link'],
    [{ email: 'grace at example.org' }, 'wrong_address'],
    [{ email: '' }, 'wrong_address'],
    [{ email: 'a@b.org, c@d.org' }, 'wrong_address'],
    [{ email: `${'a'.repeat(250)}@example.org` }, 'wrong_address'],
    [{ email: three, role: 'owner' }, 'unknown_role'],
    [{ email: three, plan: 'gold' }, 'unknown_plan'],
    [{ email: admin.person.email.toUpperCase() }, 'already_here'],
    [{ email: known }, 'already_invited'],
    [{ email: one, role: 'enterprise' }, 'twice'],
    // What was skipped above for its role is no first of two.
    [{ email: three, role: '', plan: '' }, 'link'],
  ]
  const rows = table.map(([row]) => row)
  const [before, auditedBefore] = [await waiting(), await audited()]
  const preview = await bring(rows, { delivery: 'link', preview: true })
  expect(preview).toMatchObject({ status: 200, body: { invited: 3, skipped: 9 } })
  expect(outcomes(preview)).toEqual(table.map(([, outcome]) => outcome))
  expect([await waiting(), await audited()]).toEqual([before, auditedBefore])

  const done = await bring(rows, { delivery: 'link' })
  expect(done.body).toMatchObject({ invited: 3, skipped: 9 })
  const withoutUrl = (shown: Shown[]) => shown.map((row) => ({ ...row, url: null }))
  expect(withoutUrl(done.body.rows)).toEqual(preview.body.rows)
  expect(done.body.rows[1]).toMatchObject({ email: two, role: 'admin', plan: 'pro' })
  const links = done.body.rows.filter((row: Shown) => row.url !== null)
  expect(links.map(({ email }: Shown) => email)).toEqual([one, two, three])
  expect(await audited()).toBe(auditedBefore + 3)
  const invitation = links[2].url.split('#invitation=')[1]
  const good = await app.anyone().post('/api/v1/auth/invitation', { invitation })
  expect(good).toMatchObject({ status: 200, body: { email: three, role: 'user', plan: 'free' } })

  const again = await bring(rows, { delivery: 'link' })
  expect(again.body.invited).toBe(0)
  expect(outcomes(again).filter((outcome) => outcome === 'already_invited')).toHaveLength(5)
  expect(JSON.stringify(await app.auditRows())).not.toContain('example.org')
})

test('where letters are sent each gets one, and no link is told', async () => {
  const emails = [newPerson().email, newPerson().email]
  const { body } = await bring(emails.map((email) => ({ email })))
  expect(body.rows.map(({ outcome, url }: Shown) => [outcome, url])).toEqual([
    ['mail', null],
    ['mail', null],
  ])
  for (const email of emails) expect((await mail.letterTo(email, /invited/)).text).toMatch(/#invitation=[\w-]+/)
})

test('of two administrators with one file at once, each address is invited once', async () => {
  const token = (await admin.post('/api/v1/admin/invitations', { role: 'admin' })).body.url.split('#invitation=')[1]
  const second = app.anyone() as Person
  second.useToken((await app.anyone().post('/api/v1/auth/register?transport=body', { ...newPerson(), invitation: token })).body.accessToken)
  const rows = Array.from({ length: 40 }, () => ({ email: newPerson().email }))
  const before = await waiting()
  const answers = await Promise.all([admin, second, admin, second].map((by) => bring(rows, { delivery: 'link' }, by)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(answers.map(({ body }) => body.invited).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 40])
  expect(await waiting()).toBe(before + 40)
})

test.each([
  ['no rows', { rows: [] }],
  ['too many rows', { rows: Array.from({ length: invitedRowsMax + 1 }, () => ({ email: 'a@example.org' })) }],
  ['an end that has passed', { rows: [{ email: 'a@example.org' }], expiresAt: '2020-01-01T00:00:00Z' }],
  ['a field that nobody knows', { rows: [{ email: 'a@example.org', name: 'Ada' }] }],
  ['a cell with NUL', { rows: [{ email: 'a\u0000@example.org' }] }],
])('%s is refused as a whole', async (_what, body) => {
  expect(await admin.post(url, body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('only an administrator may, and as many wait as of single ones: a thousand', async () => {
  const invitation = (await admin.post('/api/v1/admin/invitations', {})).body.url.split('#invitation=')[1]
  const person = app.anyone()
  person.useToken((await app.anyone().post('/api/v1/auth/register?transport=body', { ...newPerson(), invitation })).body.accessToken)
  expect((await person.post(url, { rows: [{ email: one }] })).status).toBe(403)
  expect((await app.anyone().post(url, { rows: [{ email: one }] })).status).toBe(401)
  const rows = Array.from({ length: invitedRowsMax }, (_, at) => ({ email: `row-${at}@example.org` }))
  expect(InviteManyBody.safeParse({ rows }).success).toBe(true)
  const { body } = await bring(rows, { delivery: 'link' })
  expect(body.rows.find(({ outcome }: Shown) => outcome === 'too_many')).toBeTruthy()
  expect(body.invited + body.skipped).toBe(invitedRowsMax)
  expect(await admin.post('/api/v1/admin/invitations', { email: newPerson().email })).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect(outcomes(await bring([{ email: newPerson().email }], { preview: true }))).toEqual(['too_many'])
})

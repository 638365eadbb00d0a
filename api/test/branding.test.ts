import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from './test-app.ts'

let app: TestApp
let admin: Awaited<ReturnType<TestApp['signUp']>>
beforeAll(async () => {
  app = await startTestApp()
  admin = await app.signUp()
})
afterAll(() => app[Symbol.asyncDispose]())

const change = (body: object) => admin.patch('/api/v1/admin/branding', body)
const current = async () => (await app.anyone().get('/api/v1/instance')).body.branding
const png = (length = 100) => Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(length)])
const dataUrl = (bytes: Buffer, type = 'image/png') => `data:${type};base64,${bytes.toString('base64')}`

test('an administrator gives the installation a name, a colour and a logo, which anybody sees; it is audited without the picture', async () => {
  expect(await current()).toEqual({ name: '', hue: null, logo: null })
  const logo = dataUrl(png())
  expect(await change({ name: '  Example Works  ', hue: 140, logo })).toMatchObject({ status: 200, body: { name: 'Example Works', hue: 140, logo } })
  expect(await current()).toEqual({ name: 'Example Works', hue: 140, logo })
  // What is absent stays.
  expect((await change({ hue: null })).body).toEqual({ name: 'Example Works', hue: null, logo })
  const rows = (await app.auditRows()).filter(({ action, target }) => action === 'settings.changed' && target === 'branding')
  expect(rows.map(({ details }) => new Set(Object.keys(details as object)))).toEqual([new Set(['name', 'hue', 'logo']), new Set(['hue'])])
  expect(rows[0]!.details).toMatchObject({ hue: 'none → 140' })
  expect(JSON.stringify(rows)).not.toContain(logo)
  expect((await change({ name: '', logo: null })).status).toBe(200)
  expect(await current()).toEqual({ name: '', hue: null, logo: null })
})

test('what is no picture, or a large one, is refused, and nobody but an administrator changes anything', async () => {
  const html = dataUrl(Buffer.from('<script>alert(1)</script>'))
  for (const logo of [html, dataUrl(png(32_768)), dataUrl(Buffer.from('RIFF1234WAVEdata'), 'image/webp')])
    expect((await change({ logo })).body).toMatchObject({ code: 'invalid_request', params: { sentence: 'invalid_request.logo' } })
  for (const body of [
    { logo: 'https://example.org/logo.png' },
    { logo: dataUrl(png(), 'image/svg+xml') },
    { logo: `${dataUrl(png())}"onload=` },
    { name: 'x'.repeat(41) },
    { hue: 360 },
    { hue: 1.5 },
    { colour: 1 },
  ])
    expect((await change(body)).status, JSON.stringify(body).slice(0, 80)).toBe(400)
  const person = await app.signUp()
  expect((await person.patch('/api/v1/admin/branding', { name: 'Mine' })).status).toBe(403)
  expect(await current()).toEqual({ name: '', hue: null, logo: null })
})

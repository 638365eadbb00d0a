import { expect, test } from 'vitest'
import { startTestApp } from './test-app.ts'

const length = 190_000

test('the longest hostile texts are answered or refused, and the server answers others all the while', async () => {
  await using app = await startTestApp()
  const person = await app.signUp()
  const texts = [`https://a${'.'.repeat(length)}b`, '-'.repeat(length), `<${' '.repeat(length)}x`]
  let isAtWork = true
  let answered = 0
  const looking = (async () => {
    while (isAtWork) {
      const { status } = await fetch(new URL('/healthz', app.url))
      expect(status).toBe(200)
      answered++
    }
  })()
  for (const text of texts) {
    const last = (await person.ask(await person.newConversation(), text)).at(-1)!
    expect(['RUN_FINISHED', 'RUN_ERROR']).toContain(last.type)
    expect(last).not.toMatchObject({ code: 'internal' })
  }
  isAtWork = false
  await looking
  // One of these once held everything up for half a minute.
  expect(answered).toBeGreaterThan(20)
})

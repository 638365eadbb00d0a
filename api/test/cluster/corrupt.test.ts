import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../test-app.ts'
import { corruptions, startCorruptingProvider, wholeText } from './corrupting-provider.ts'

let person: Awaited<ReturnType<TestApp['signUp']>>
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  const provider = stack.use(await startCorruptingProvider())
  const app = stack.use(await startTestApp({ OPENAI_API_KEY: 'sk-test-secret', OPENAI_BASE_URL: provider.url }))
  person = await app.signUp()
  await app.database.pool.query(`update users set plan = 'enterprise'`)
})
afterAll(() => stack.disposeAsync())

const typed = ['upstream_failed', 'upstream_timeout', 'upstream_rejected']

test.each(corruptions.map((corruption, index) => ({ ...corruption, index })))(
  'an upstream stream with $name gives the exact answer or a typed error',
  async ({ expected, index }) => {
    // One good answer first, so that the circuit around the provider stays closed.
    await person.ask(await person.newConversation(), 'corruption 0', { model: 'gpt-4o-mini' })
    const conversation = await person.newConversation()
    const events = await person.ask(conversation, `corruption ${index}`, { model: 'gpt-4o-mini' })
    const answer = events.reduce(foldRunEvent, emptyAnswer)
    expect(answer.status).toBe(expected === 'exact' ? 'complete' : 'failed')
    if (answer.status === 'complete') expect(answer.content).toBe(wholeText)
    else expect(typed).toContain(answer.error?.code)
    // The model may be told what was wrong with its call; nothing was called.
    const results = events.flatMap((event) => (event.type === 'TOOL_CALL_RESULT' ? [event.content] : []))
    expect(results.filter((content) => !/ were not a JSON object, so it was not called/.test(content))).toEqual([])
    expect(wholeText.startsWith(answer.content)).toBe(true)
    expect(JSON.stringify(events)).not.toContain('sk-test-secret')
    const stored = (await person.get(`/api/v1/conversations/${conversation}/messages`)).body.items[1]
    expect(stored).toMatchObject({ content: answer.content, status: answer.status })
    expect((await person.get('/api/v1/usage')).body.cycle.tokensReserved).toBe(0)
  },
)

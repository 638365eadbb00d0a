import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Script, startScriptedModel } from '../../simulators/openai/scripted.ts'
import { textOf } from './client.ts'
import { startTestApp } from './test-app.ts'

const model = (id: string, more: object = {}) => ({
  id,
  name: id,
  tier: 'economy',
  contextTokens: 32_000,
  outputTokensMax: 500,
  inputMicroUsdPerMillion: 1_000_000,
  outputMicroUsdPerMillion: 1_000_000,
  ...more,
})

async function modelsFile(content: object): Promise<string> {
  const file = join(tmpdir(), `jarvis-models-${randomUUID()}.json`)
  await writeFile(file, JSON.stringify(content))
  onTestFinished(() => rm(file))
  return file
}

async function startProvider(script: Script) {
  const provider = await startScriptedModel(script)
  onTestFinished(() => provider.close())
  return provider
}

const said = (text: string) => ({ text, usage: { prompt_tokens: 10, completion_tokens: 5 } })
const table = (url: string) => ({
  providers: [{ id: 'second', kind: 'openai', baseUrl: url, apiKeyEnv: 'SECOND_KEY' }],
  models: [
    model('here', { fallbacks: ['there'] }),
    model('there', { provider: 'second', model: 'its-name-there', parameters: { maxTokens: 'max_completion_tokens', system: 'developer' } }),
  ],
  auto: { free: 'here', pro: 'here', enterprise: 'here' },
  economy: 'here',
  embedding: null,
})

test('each model is asked at its own provider, and one whose provider fails falls back to the other provider’s', async () => {
  const [first, second] = [await startProvider([{ status: 503 }]), await startProvider([said('From there.')])]
  const file = await modelsFile(table(second.url))
  await using app = await startTestApp({ OPENAI_API_KEY: 'sk-first', OPENAI_BASE_URL: first.url, MODELS_FILE: file, SECOND_KEY: 'sk-second' })
  const person = await app.signUp()
  expect(textOf(await person.ask(await person.newConversation(), 'Who answers?'))).toBe('From there.')
  expect(first.requests.find(({ path }) => path.endsWith('/completions'))).toMatchObject({
    headers: { authorization: 'Bearer sk-first' },
    body: { model: 'here' },
  })
  const asked = second.requests.find(({ path }) => path.endsWith('/completions'))!
  expect(asked).toMatchObject({ headers: { authorization: 'Bearer sk-second' }, body: { model: 'its-name-there', max_completion_tokens: 500 } })
  expect((asked.body.messages as { role: string }[])[0]!.role).toBe('developer')
  const { items } = (await person.get('/api/v1/usage?group=model')).body
  expect(items).toMatchObject([{ key: 'there', calls: 1, estimatedCalls: 0 }])
  const { body } = await person.get('/api/v1/models')
  // Which provider, but neither its address nor the model's name there.
  expect(body.items[1]).toMatchObject({ id: 'there', provider: 'second', capabilities: { tools: true, images: false, json: true, reasoning: false } })
  expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|its-name/)
})

test('a key that is not set, and a model at a provider that is not listed, stop the start with one clear line', async () => {
  const start = async (content: object) => {
    const settings = { OPENAI_API_KEY: 'sk-first', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', MODELS_FILE: await modelsFile(content) }
    return await startTestApp(settings).then(
      () => expect.fail('it started'),
      (error: Error) => error.message,
    )
  }
  const whole = table('http://127.0.0.1:9/v1')
  expect(await start(whole)).toContain('MODELS_FILE: the key of the provider "second" is not set: set SECOND_KEY.')
  expect(await start({ ...whole, providers: [] })).toContain('says that "there" is at "second", which is not in providers')
})

test('a file that changes is read again without a restart, and one with a fault changes nothing', async () => {
  const [first, second] = [await startProvider([said('From here.')]), await startProvider([said('From there.')])]
  const content = table(second.url)
  const file = await modelsFile(content)
  await using app = await startTestApp({ OPENAI_API_KEY: 'sk-first', OPENAI_BASE_URL: first.url, MODELS_FILE: file, SECOND_KEY: 'sk-second' })
  const person = await app.signUp()
  const names = async () => (await person.get('/api/v1/models')).body.items.map(({ id }: { id: string }) => id)
  expect(await names()).toEqual(['here', 'there'])
  await writeFile(file, '{"models": 7}')
  await writeFile(file, JSON.stringify({ ...content, models: [...content.models, model('further', { provider: 'second' })] }))
  await expect.poll(names).toEqual(['here', 'there', 'further'])
  const conversation = await person.newConversation()
  expect(textOf(await person.ask(conversation, 'Who answers?', { model: 'further' }))).toBe('From there.')
  await writeFile(file, '{"models": 7}')
  // It is looked at again and again: still the same models.
  expect(textOf(await person.ask(conversation, 'And now?', { model: 'further' }))).toBe('From there.')
  expect(await names()).toEqual(['here', 'there', 'further'])
})

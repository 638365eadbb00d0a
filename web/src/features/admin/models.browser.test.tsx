import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { AdminModels } from './models.tsx'
import { WhoAnswers } from './who-answers.tsx'

const list = (items: unknown[]) => ({ body: { items, nextCursor: null } })
const provider = {
  id: 'cellar',
  name: 'Cellar',
  kind: 'openai',
  baseUrl: 'http://127.0.0.1:11434/v1',
  apiVersion: null,
  source: 'page',
  keySet: false,
  keyFault: false,
}
const ofFile = { ...provider, id: 'cloud', name: 'Cloud', source: 'file', keySet: true }
const model = {
  id: 'cellar/qwen3',
  name: 'Qwen',
  provider: 'cellar',
  model: 'qwen3',
  source: 'page',
  tier: 'economy',
  contextTokens: 40_960,
  outputTokensMax: 4096,
  inputMicroUsdPerMillion: 0,
  outputMicroUsdPerMillion: 0,
  fallbacks: [],
  standardFor: ['free'],
  economy: true,
  capabilities: { tools: true, images: false, json: true, reasoning: false },
}
const offered = { model: 'llama', contextTokens: 8192, outputTokensMax: null, capabilities: { tools: true }, priced: true, chosenAs: [] }
const main = (
  <main>
    <h1>Administration</h1>
    <AdminModels />
  </main>
)

const whoAnswers = (onLater: () => unknown) => (
  <main>
    <WhoAnswers onLater={onLater} />
  </main>
)

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test('a provider is tested with its own words, its models are chosen and priced; what the file says has no controls', async () => {
  const requests = serve({
    '/api/v1/admin/providers': list([ofFile, provider]),
    '/api/v1/admin/models': list([model]),
    '/api/v1/admin/providers/cellar/test': { body: { ok: false, model: null, tookMs: 3, said: 'model not loaded', advice: 'Check its name.' } },
    '/api/v1/admin/providers/cellar/models': list([offered]),
    '/api/v1/instance': { body: {} },
  })
  const page = await renderPage(main)
  await page.getByRole('button', { name: 'Test Cellar' }).click()
  await expect.element(page.getByRole('alert')).toMatchTextContent(/Check its name\..*model not loaded/)
  expect(page.getByRole('button', { name: 'Change Cloud' }).elements()).toEqual([])
  expect(await accessibilityFaults()).toEqual([])

  await page.getByRole('button', { name: 'Choose models of Cellar' }).click()
  await page.getByRole('checkbox', { name: /llama/ }).click()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Choose', exact: true }).click()
  await expect
    .poll(() => requests.find(({ body }) => body !== null && 'set' in (body as object))?.body)
    .toEqual({
      remove: [],
      set: [
        {
          id: 'cellar/llama',
          provider: 'cellar',
          model: 'llama',
          contextTokens: 8192,
          outputTokensMax: 4096,
          capabilities: { tools: true },
        },
      ],
    })

  await page.getByRole('button', { name: 'Change Qwen' }).click()
  await page.getByLabelText('A million tokens out, in dollars').fill('much')
  await expect.element(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  await page.getByLabelText('A million tokens out, in dollars').fill('0.6')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => JSON.stringify(requests)).toContain('"outputMicroUsdPerMillion":600000')
})

test('a model whose price nobody knows is chosen with a price that is typed', async () => {
  const requests = serve({
    '/api/v1/admin/providers': list([{ ...provider, baseUrl: 'https://api.example.org/v1' }]),
    '/api/v1/admin/models': list([]),
    '/api/v1/admin/providers/cellar/models': list([offered, { ...offered, model: 'dear', priced: false }]),
    '/api/v1/instance': { body: {} },
  })
  const page = await renderPage(main)
  await page.getByRole('button', { name: 'Choose models of Cellar' }).click()
  await page.getByRole('checkbox', { name: /llama/ }).click()
  await expect.element(page.getByRole('button', { name: 'Choose', exact: true })).toBeEnabled()
  await page.getByRole('checkbox', { name: /dear/ }).click()
  await expect.element(page.getByText(/What dear costs is not known here/)).toBeVisible()
  await expect.element(page.getByRole('button', { name: 'Choose 2 models' })).toBeDisabled()
  await page.getByLabelText('A million tokens in, in dollars').fill('2')
  await page.getByLabelText('A million tokens out, in dollars').fill('10.5')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Choose 2 models' }).click()
  const setOf = () => (requests.find(({ body }) => body !== null && 'set' in (body as object))?.body as { set: object[] } | undefined)?.set
  await expect
    .poll(setOf)
    .toMatchObject([{ model: 'llama' }, { model: 'dear', inputMicroUsdPerMillion: 2_000_000, outputMicroUsdPerMillion: 10_500_000 }])
  expect(setOf()![0]).not.toHaveProperty('inputMicroUsdPerMillion')
})

test('with nothing added it says who answers; a provider is added, and a refusal is told', async () => {
  const requests = serve({
    'GET /api/v1/admin/providers': list([]),
    'POST /api/v1/admin/providers': { status: 400, body: { code: 'invalid_request', detail: 'baseUrl must be an address.' } },
    '/api/v1/admin/models': list([]),
  })
  const page = await renderPage(main, 'dark')
  await expect.element(page.getByText(/the practice model answers/)).toBeVisible()
  await page.getByRole('button', { name: 'Add a provider' }).click()
  await page.getByLabelText('Name').fill('Cloud')
  await page.getByLabelText('Key').fill('sk-secret')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect.poll(() => requests.some(({ body }) => (body as { apiKey?: string } | null)?.apiKey === 'sk-secret')).toBe(true)
  await expect.element(page.getByRole('alert')).toMatchTextContent('baseUrl must be an address.')
})

test('who shall answer: the Ollama that was found, with its models to choose; or the practice model', async () => {
  const found = { name: 'Ollama', kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', models: [offered] }
  const requests = serve({
    '/api/v1/admin/providers/found': list([found]),
    '/api/v1/admin/providers': { status: 201, body: provider },
    '/api/v1/admin/providers/cellar/models': list([offered]),
    'DELETE /api/v1/admin/providers/cellar': { body: null },
    '/api/v1/admin/models': list([model]),
    '/api/v1/instance': { body: {} },
  })
  let later = 0
  const page = await renderPage(whoAnswers(() => later++))
  await expect.element(page.getByRole('button', { name: 'Use Ollama on this server (1 model)' })).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Go on with the practice model' }).click()
  expect(later).toBe(1)
  const use = page.getByRole('button', { name: 'Use Ollama on this server (1 model)' })
  await use.click()
  // To choose nothing takes the provider back.
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect.poll(() => requests.map(({ path }) => path)).toContain('/api/v1/admin/providers/cellar')
  await use.click()
  await page.getByRole('checkbox', { name: /llama.*8,192 tokens · tools/ }).click()
  await page.getByRole('button', { name: 'Choose', exact: true }).click()
  await expect.poll(() => JSON.stringify(requests)).toContain('"provider":"cellar","model":"llama","contextTokens":8192')
  expect(requests.find(({ body }) => body !== null)!.body).toEqual({ name: 'Ollama', kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1' })
})

test('a pasted key is known by how it begins; one that its provider refuses is not kept, and the provider’s words are shown', async () => {
  const requests = serve({
    '/api/v1/admin/providers/found': list([]),
    '/api/v1/admin/providers': { status: 201, body: provider },
    'GET /api/v1/admin/providers/cellar/models': { status: 502, body: { code: 'upstream_rejected', detail: 'The provider said: invalid x-api-key' } },
    'DELETE /api/v1/admin/providers/cellar': { body: null },
  })
  const page = await renderPage(
    whoAnswers(() => undefined),
    'dark',
  )
  await page.getByRole('button', { name: 'Paste a key' }).click()
  await page.getByLabelText('Key', { exact: true }).fill('sk-ant-api03-secret')
  await expect.element(page.getByLabelText('Whose key it is')).toHaveValue('anthropic')
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Go on', exact: true }).click()
  await expect.element(page.getByRole('alert')).toMatchTextContent('invalid x-api-key')
  const sent = requests.filter(({ path }) => path !== '/api/v1/admin/providers/found')
  expect(sent).toEqual([
    { path: '/api/v1/admin/providers', body: { name: 'Anthropic', kind: 'anthropic', apiKey: 'sk-ant-api03-secret' } },
    { path: '/api/v1/admin/providers/cellar/models', body: null },
    { path: '/api/v1/admin/providers/cellar', body: null },
  ])
})

test('what refusals taught is said in words, and forgotten by a button; failed calls are listed with what was said', async () => {
  const lesson = { maxTokens: 'max_completion_tokens', temperature: false, unheardOf: 7 }
  const learned = { id: 'l', baseUrl: 'http://127.0.0.1:8000/v1', model: 'qwen3', lesson, learnedAt: '2026-01-01T00:00:00Z' }
  const failed = { failedAt: '2026-01-01T00:00:00Z', provider: 'cellar', model: 'qwen', attempt: 2, status: 500, said: '500: out of memory' }
  const requests = serve({
    '/api/v1/admin/providers': list([provider]),
    '/api/v1/admin/models': list([model]),
    'GET /api/v1/admin/models/lessons': list([learned]),
    '/api/v1/admin/models/failures': list([failed]),
    'DELETE /api/v1/admin/models/lessons/l': { body: null },
  })
  const page = await renderPage(main)
  const words = 'The limit of its answer is called max_completion_tokens. It is given no temperature. unheardOf: 7'
  await expect.element(page.getByText(words)).toBeVisible()
  await expect.element(page.getByText(/cellar · qwen · status 500 · try 2.*out of memory/)).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Forget what qwen3 taught' }).click()
  await expect.poll(() => requests.filter(({ path }) => path === '/api/v1/admin/models/lessons/l')).toHaveLength(1)
})

import { fetch } from 'undici'
import { tryProvider } from '#features/providers/index.ts'
import { ownProvider } from '#features/router/index.ts'
import { openOutward } from '#ports/proxy/index.ts'
import type { Config } from './config.ts'
import { openModelSource } from './model-source.ts'

/** What a server says that has no such route. */
const noRoute = new Set([404, 405, 501])
const quiet = { info: () => {}, error: () => {} }

/** The provider of OPENAI_… lists its models, or, where it has no list, answers. @throws Error that says why not */
export async function tryOwnProvider(
  config: Pick<Config, 'modelsFile' | 'keyOf' | 'proxies'> & { provider: Extract<Config['provider'], { kind: 'openai' }> },
) {
  const { baseUrl, apiKey } = config.provider
  const dispatcher = openOutward(config.proxies)
  const listed = await fetch(`${baseUrl}/models`, {
    ...(dispatcher && { dispatcher }),
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(10_000),
  })
  await listed.body?.cancel()
  if (listed.ok) return baseUrl
  if (!noRoute.has(listed.status)) throw new Error(`status ${listed.status}`)
  using source = openModelSource(config, quiet)
  const entry = source.table().models.find(({ provider = ownProvider }) => provider === ownProvider)
  if (!entry) throw new Error(`status ${listed.status}, and no model of the table is its`)
  const { model = entry.id, parameters, capabilities } = entry
  const { ok, said, advice } = await tryProvider(
    { id: ownProvider, kind: 'openai', baseUrl, apiKey, dispatcher },
    { model, dialect: { ...parameters, ...capabilities } },
  )
  if (!ok) throw new Error(`it lists no models (${listed.status}), and ${model} does not answer: ${said ?? advice}`)
  return `${baseUrl} lists no models; ${model} answers`
}

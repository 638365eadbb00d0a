import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../api/test/engines/free-port.ts'
import { createAccessTokens } from '../api/src/features/accounts/access-tokens.ts'
import { openDatabase } from '../api/src/ports/database/index.ts'
import { type Program, startMain } from './program.ts'

export type Person = { id: string; token: string }
export type Jarvis = Awaited<ReturnType<typeof startJarvis>>

export const benchSecret = 'the bench signs its own access tokens'
const model = {
  id: 'bench',
  name: 'Bench',
  tier: 'economy',
  contextTokens: 128_000,
  outputTokensMax: 4096,
  inputMicroUsdPerMillion: 150_000,
  outputMicroUsdPerMillion: 600_000,
}
const models = { models: [model], auto: { free: 'bench', pro: 'bench', enterprise: 'bench' }, economy: 'bench', embedding: null }

/** A folder of data for Jarvis, and the settings that lead there and to the provider of the bench. */
export async function prepareJarvis(providerUrl: string) {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-bench-'))
  // As root, PostgreSQL runs as another user and has to get in.
  await chmod(dataDir, 0o755)
  const modelsFile = join(dataDir, 'models.json')
  await writeFile(modelsFile, JSON.stringify(models))
  const settings = {
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    OPENAI_BASE_URL: providerUrl,
    // Answers are measured, not what is made of them.
    CONVERSATION_TITLES: 'words',
    OPENAI_API_KEY: 'bench',
    MODELS_FILE: modelsFile,
    JWT_SECRET: benchSecret,
    MEMORY_FACTS: 'rules',
    ACCESS_TOKEN_SECONDS: '86400',
    RUNS_AT_ONCE: '1000',
  }
  return { settings, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) }
}

/**
 * Jarvis with all its stages on and everything embedded, and people of whom it remembers something. They are many and on the largest plan,
 * for a person may ask 200 times a minute at most.
 */
export async function startJarvis(
  providerUrl: string,
  { people: peopleCount = 40, redisUrl = '', settings: further = {} }: { people?: number; redisUrl?: string; settings?: Record<string, string> } = {},
) {
  await using stack = new AsyncDisposableStack()
  const prepared = stack.use(await prepareJarvis(providerUrl))
  const settings = { ...prepared.settings, REDIS_URL: redisUrl, ...further }
  const program: Program = stack.use(await startMain(settings))
  const database = stack.use(await openDatabase({ dataDir: settings.DATA_DIR }))
  const tokens = await createAccessTokens(benchSecret, 86_400)
  const people: Person[] = []
  while (people.length < peopleCount) people.push(await newPerson())
  let turn = 0

  async function newPerson(): Promise<Person> {
    const [id, sessionId] = [randomUUID(), randomUUID()]
    await database.pool.query(
      `insert into users (id, email, name, password_hash, role, plan) values ($1, $2, 'Bench', 'none', 'user', 'enterprise')`,
      [id, `${id}@example.org`],
    )
    await database.pool.query(`insert into sessions (id, user_id, user_agent, address) values ($1, $2, 'bench', '127.0.0.1')`, [sessionId, id])
    const token = await tokens.sign(id, sessionId)
    const remembered = await fetch(`${program.url}/api/v1/memories`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'I like to write about the rivers of Europe.' }),
    })
    if (!remembered.ok) throw new Error(`a memory was refused: ${remembered.status} ${await remembered.text()}`)
    return { id, token }
  }

  const resources = stack.move()
  return {
    ...program,
    pool: database.pool,
    people,
    /** Another process on the same data, which takes part in its runs; that needs Redis. */
    startReplica: async (): Promise<Program> => await startMain({ ...settings, PORT: String(await freePort()) }),
    /** One after another, so that nobody meets the limit of their plan. */
    nextPerson: (): Person => people[turn++ % people.length]!,
    async newConversation({ id: userId }: Person): Promise<string> {
      const id = randomUUID()
      await database.pool.query('insert into conversations (id, user_id) values ($1, $2)', [id, userId])
      return id
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

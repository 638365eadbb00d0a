import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../api/test/engines/free-port.ts'

const main = fileURLToPath(new URL('../api/src/main.ts', import.meta.url))
const compileCache = join(import.meta.dirname, '../node_modules/.cache/v8')

export type Jarvis = { url: string; kill(): Promise<void>; restart(): Promise<void> } & AsyncDisposable

/** The whole product as a child process, embedded engines and practice model, behind a port of its own. */
export async function startJarvis(settings: Record<string, string> = {}): Promise<Jarvis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-e2e-'))
  await chmod(dataDir, 0o755)
  const port = Number(settings.PORT ?? (await freePort()))
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: compileCache,
    DATA_DIR: dataDir,
    PORT: String(port),
    LOG_LEVEL: 'warn',
    CONVERSATION_TITLES: 'words',
    MEMORY_FACTS: 'rules',
    ...settings,
  }
  let child = await launch(env)

  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  return {
    url: `http://localhost:${port}`,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM')
      child = await launch(env)
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

async function launch(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'inherit', 'pipe'] })
  let told = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data) => {
      told += String(data)
      if (told.includes('Jarvis is ready')) resolve()
    })
    child.once('exit', () => reject(new Error(`Jarvis did not start:\n${told}`)))
  })
  return child
}

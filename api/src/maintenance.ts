import { join, resolve } from 'node:path'
import { type Checksum, backUp, promote, restore, type Stores } from '#features/backup/index.ts'
import { AppError } from '#lib/app-error.ts'
import { version } from '#lib/version.ts'
import { openDatabase } from '#ports/database/index.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import type { Config } from './config.ts'

type Print = (line: string) => void
type Places = Pick<Config, 'dataDir' | 'databaseUrl' | 'chromaUrl'>

const vectorsTimeoutMs = 60_000

/** Both stores of an installation, embedded or not, as they are: a backup of an older schema is one of that schema. */
async function openStores({ dataDir, databaseUrl, chromaUrl }: Places): Promise<Stores & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await openDatabase({ dataDir, asIs: true, ...(databaseUrl && { url: databaseUrl }) }))
  const vectors = stack.use(await openVectors({ dataDir, timeoutMs: vectorsTimeoutMs, ...(chromaUrl && { url: chromaUrl }) }))
  const { pool, migrate, migrationsKnown } = database
  const resources = stack.move()
  return { pool, vectors, migrate, migrationsKnown, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

export async function runBackup(config: Config, file: string, print: Print): Promise<void> {
  await using stores = await openStores(config)
  const parts = await backUp(stores, resolve(file), version)
  print(
    `${sumOf(parts)} rows and memories in ${parts.length} tables and collections are in ${file}. It holds what people wrote and the hashes of their passwords: keep it safe.`,
  )
}

export async function runRestore(config: Config, file: string, print: Print): Promise<void> {
  await using stores = await openStores(config)
  const parts = await restore(stores, resolve(file))
  print(`${sumOf(parts)} rows and memories in ${parts.length} tables and collections are restored.`)
}

export async function runPromote(config: Config, to: { databaseUrl: string; chromaUrl: string }, print: Print): Promise<void> {
  await using source = await openStores(config)
  await using target = await openStores({ ...config, ...to })
  const compared = await promote(source, target, join(config.dataDir, 'promote.backup'), version)
  for (const { name, source, target, isSame } of compared) {
    print(`${isSame ? '✓' : '✗'} ${name.padEnd(40)} ${source?.rows ?? '-'} → ${target?.rows ?? '-'}   ${source?.sum ?? '-'} → ${target?.sum ?? '-'}`)
  }
  if (!compared.every(({ isSame }) => isSame))
    throw new AppError('conflict', 'The two installations differ. The source is as it was; do not use the target.')
  print(`All of it is there. Start Jarvis with DATABASE_URL and CHROMA_URL set; ${config.dataDir} stays as it was.`)
}

const sumOf = (parts: Checksum[]) => parts.reduce((sum, { rows }) => sum + rows, 0)

import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import {
  type Backups,
  backUp,
  type Checksum,
  contentOf,
  createBackups,
  promote,
  recordBackup,
  restore,
  seal,
  type Source,
  type Stores,
  unseal,
  verify,
} from '#features/backup/index.ts'
import { AppError } from '#lib/app-error.ts'
import { version } from '#lib/version.ts'
import { createBlobs, openPlace } from '#ports/blobs/index.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { openVectors } from '#ports/vectors/chroma.ts'
import { type Config, ConfigError } from './config.ts'

type Print = (line: string) => void
type Places = Pick<Config, 'dataDir' | 'databaseUrl' | 'chromaUrl' | 'blobs' | 'proxies'>
type OpenStores = Stores & Pick<Database, 'db'> & AsyncDisposable

const vectorsTimeoutMs = 60_000

/** All stores of an installation, embedded or not, as they are: a backup of an older schema is one of that schema. */
async function openStores({ dataDir, databaseUrl, chromaUrl, blobs, proxies }: Places): Promise<OpenStores> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await openDatabase({ dataDir, asIs: true, ...(databaseUrl && { url: databaseUrl }) }))
  const vectors = stack.use(await openVectors({ dataDir, timeoutMs: vectorsTimeoutMs, ...(chromaUrl && { url: chromaUrl }) }))
  const place = stack.use(await openPlace(blobs, proxies))
  const { pool, db, migrate, migrationsKnown } = database
  const resources = stack.move()
  return { pool, db, vectors, blobs: createBlobs(place), migrate, migrationsKnown, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** The backups of BACKUP_URL. @throws ConfigError where it is not set */
async function openBackups({ backups, proxies }: Config, stack: AsyncDisposableStack): Promise<Backups> {
  if (!backups) throw new ConfigError(['BACKUP_URL: is not set. Set it, with BACKUP_KEY, or name a file.'])
  const place = stack.use(await openPlace(backups.place, proxies))
  return createBackups({ ...backups, place })
}

/** Into a file or, where none is named, to BACKUP_URL. */
export async function runBackup(config: Config, file: string | undefined, print: Print): Promise<void> {
  if (file !== undefined) requireNewFile(resolve(file))
  await using stack = new AsyncDisposableStack()
  const stores = stack.use(await openStores(config))
  if (file === undefined) {
    const made = await (await openBackups(config, stack)).make(stores, version)
    await recordBackup(stores.db, made).catch(noTableYet)
    return print(`${made.name}: ${made.rows} rows, ${made.bytes} bytes, read back whole.`)
  }
  const path = resolve(file)
  const { backupKey } = config
  const beganAt = new Date()
  using place = await openPlace({ kind: 'folder', folder: dirname(path) })
  const { parts, kept } = await backUp(stores, version, (bytes) => place.put(basename(path), backupKey ? seal(bytes, backupKey) : bytes)).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? taken(path, error) : error
    },
  )
  await recordBackup(stores.db, { name: basename(path), beganAt, ...kept, rows: sumOf(parts) }).catch(noTableYet)
  const warning = backupKey ? 'It is encrypted with BACKUP_KEY.' : 'It holds what people wrote and the hashes of their passwords: keep it safe.'
  print(`${sumOf(parts)} rows and memories in ${parts.length} tables and collections are in ${file}. ${warning}`)
}

/** From a file, from a backup of BACKUP_URL by its name, or from the newest of them. */
export async function runRestore(config: Config, from: string, print: Print): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const source = await sourceOf(config, from, stack)
  // Before anything is started or written.
  const head = await verify(source)
  const parts = await restore(stack.use(await openStores(config)), source, head)
  print(`${sumOf(parts)} rows and memories in ${parts.length} tables and collections are restored from ${source.name}.`)
}

export async function listBackups(config: Config, print: Print): Promise<void> {
  await using stack = new AsyncDisposableStack()
  for (const { name, bytes } of await (await openBackups(config, stack)).list()) print(`${name}  ${bytes} bytes`)
}

/** Reads one to its end: the newest, where none is named. */
export async function verifyBackup(config: Config, from: string, print: Print): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const source = await sourceOf(config, from, stack)
  const { version, at } = await verify(source)
  print(`${source.name} is whole: of ${at}, by version ${version}.`)
}

async function sourceOf(config: Config, from: string, stack: AsyncDisposableStack): Promise<Source> {
  const path = resolve(from)
  if (existsSync(path) || from.includes('/') || (!config.backups && from !== 'latest')) {
    if (!existsSync(path)) throw new AppError('not_found', `There is no backup ${path}.`)
    const place = stack.use(await openPlace({ kind: 'folder', folder: dirname(path) }))
    return { name: from, read: () => unseal(contentOf(place, basename(path)), config.backupKey) }
  }
  const backups = await openBackups(config, stack)
  return backups.sourceOf(from === 'latest' ? await backups.newest() : from)
}

export async function runPromote(config: Config, to: { databaseUrl: string; chromaUrl: string }, print: Print): Promise<void> {
  await using source = await openStores(config)
  await using target = await openStores({ ...config, ...to })
  using place = await openPlace({ kind: 'folder', folder: config.dataDir })
  const compared = await promote(source, target, place, version)
  for (const { name, source, target, isSame } of compared) {
    print(`${isSame ? '✓' : '✗'} ${name.padEnd(40)} ${source?.rows ?? '-'} → ${target?.rows ?? '-'}   ${source?.sum ?? '-'} → ${target?.sum ?? '-'}`)
  }
  if (!compared.every(({ isSame }) => isSame))
    throw new AppError('conflict', 'The two installations differ. The source is as it was; do not use the target.')
  print(`All of it is there. Start Jarvis with DATABASE_URL and CHROMA_URL set; ${config.dataDir} stays as it was.`)
}

/** A mistyped path is no new folder, and an older backup is not lost. */
function requireNewFile(path: string): void {
  if (!existsSync(dirname(path))) throw new AppError('not_found', `There is no folder ${dirname(path)}. Make it, or name another one.`)
  if (existsSync(path)) throw new AppError('conflict', `${path} exists already. Choose another name, or remove it first.`)
}

const sumOf = (parts: Checksum[]) => parts.reduce((sum, { rows }) => sum + rows, 0)

const taken = (path: string, cause: unknown) =>
  new AppError('unavailable', `Cannot write ${path}: another backup is being written there; remove ${path}.part if none is.`, { cause })

/** A schema of before has no table for it. */
function noTableYet(error: unknown): void {
  if ((error as { cause?: { code?: string } }).cause?.code !== '42P01') throw error
}

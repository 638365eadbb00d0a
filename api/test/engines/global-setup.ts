import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '#ports/database/index.ts'
import { openBundledChroma } from '#ports/vectors/bundled-chroma.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { host: string; user: string }
    chromaUrl: string
  }
}

/** One PostgreSQL and one Chroma for the whole run; the database `jarvis` is migrated once and copied by each file. */
export async function setup(project: TestProject) {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-test-'))
  const [database, chroma] = await Promise.all([openDatabase({ dataDir }), openBundledChroma({ dataDir })])
  // A database that is copied may have no connections; what closes the pool later finds it closed.
  await database.pool.end()
  database.pool.end = async () => undefined
  const { host, user } = database.owner as { host: string; user: string }
  project.provide('postgres', { host, user })
  project.provide('chromaUrl', chroma.url)
  return async () => {
    await database[Symbol.asyncDispose]()
    await chroma[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
}

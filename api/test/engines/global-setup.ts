import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '#ports/database/index.ts'
import { openJobs } from '#ports/jobs/bullmq.ts'
import { startPracticeModelProcess } from '#ports/models/practice-model.ts'
import { openBundledChroma } from '#ports/vectors/bundled-chroma.ts'
import { administer, databaseUrl, startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { host: string; user: string }
    chromaUrl: string
    practiceUrl: string
  }
}

/**
 * One PostgreSQL, Chroma and practice model for the whole run; the database `jarvis` is migrated once, queues too, and copied by each app. The bundled
 * PostgreSQL has a hundred connections, which is not enough for the servers of two files.
 */
export async function setup(project: TestProject) {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-test-'))
  const [postgres, chroma, practice] = await Promise.all([startPostgres(), openBundledChroma({ dataDir }), startPracticeModelProcess()])
  const { host, user } = postgres.connection
  await administer(host, user, 'create database jarvis')
  // A database that is copied may have no connections.
  await using database = await openDatabase({ url: databaseUrl(host, user, 'jarvis'), dataDir })
  await using _jobs = await openJobs({ postgres: { ...postgres.connection, database: 'jarvis' }, db: database.db })
  project.provide('postgres', { host, user })
  project.provide('chromaUrl', chroma.url)
  project.provide('practiceUrl', practice.url)
  return async () => {
    await postgres[Symbol.asyncDispose]()
    await chroma[Symbol.asyncDispose]()
    await practice[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
}

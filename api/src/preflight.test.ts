import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { requirePlaceForFiles } from './preflight.ts'

/** Every engine and secret from outside, as in a container whose root is read-only. */
const ofPod = {
  JARVIS_ROLES: 'api',
  DATABASE_URL: 'postgres://database/jarvis',
  REDIS_URL: 'redis://redis:6379',
  CHROMA_URL: 'http://chroma:8000',
  JWT_SECRET: 'x'.repeat(32),
  SECRETS_KEY: Buffer.alloc(32).toString('base64'),
}

test('where files can be kept nowhere, the start says so, not each upload', async () => {
  // Nobody, root neither, makes a folder below a file.
  const nowhere = fileURLToPath(import.meta.url)
  await expect(requirePlaceForFiles(readConfig({ ...ofPod, DATA_DIR: nowhere }))).rejects.toMatchObject({
    faults: [expect.stringMatching(/^BLOBS_URL: files cannot be kept in .+\/files \(E\w+\)\. Name a bucket/)],
  })
  await requirePlaceForFiles(readConfig({ ...ofPod, DATA_DIR: nowhere, BLOBS_URL: 's3://key:secret@host/bucket' }))
})

test('a folder that is not there yet is made, for nobody else to read', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-files-'))
  try {
    await requirePlaceForFiles(readConfig({ ...ofPod, DATA_DIR: dataDir }))
    expect((await stat(join(dataDir, 'files'))).mode & 0o777).toBe(0o700)
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

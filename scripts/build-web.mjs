import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alone, root, runQuietly, step } from './install.mjs'

/** Builds the web app when it is missing or its sources have changed since. */
export async function buildWebApp(node) {
  const stamp = join(root, 'web/dist/.stamp')
  const sources = ['web/src', 'web/public', 'web/index.html', 'web/package.json', 'web/vite.config.ts', 'contracts/src', 'package-lock.json']
  const sum = sumOf(sources.map((path) => join(root, path)))
  const isBuilt = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === sum
  const build = async () => {
    await runQuietly(node, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], { cwd: join(root, 'web') })
    writeFileSync(stamp, sum)
  }
  if (!isBuilt()) await alone(() => isBuilt() || step('Web app', build))
}

function sumOf(paths) {
  const hash = createHash('sha256')
  const add = (path) => {
    if (!existsSync(path)) return
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name))
    else hash.update(path).update(readFileSync(path))
  }
  paths.forEach(add)
  return hash.digest('hex')
}

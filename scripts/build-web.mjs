import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { alone, root, runQuietly, step } from './install.mjs'

/** Builds the web app when it is missing or its sources have changed since. */
export async function buildWebApp(node) {
  const stamp = join(root, 'web/dist/.stamp')
  const sources = [
    'web/src',
    'web/frame',
    'web/public',
    'web/index.html',
    'web/package.json',
    'web/vite.config.ts',
    'web/vite.frame.config.ts',
    'web/vite',
    'web/worker',
    'contracts/src',
    'client/src',
    'package-lock.json',
    'scripts/build-web.mjs',
  ]
  const sum = sumOf(sources.map((path) => join(root, path)))
  const isBuilt = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === sum
  const build = async () => {
    const vite = (...options) => runQuietly(node, [join(root, 'node_modules/vite/bin/vite.js'), 'build', ...options], { cwd: join(root, 'web') })
    await vite()
    await vite('--config', 'vite.frame.config.ts')
    await precompress(join(root, 'web/dist'))
    writeFileSync(stamp, sum)
  }
  if (!isBuilt()) await alone(() => isBuilt() || step('Web app', build))
}

const bytesMin = 1024
const compressible = new Set(['.css', '.html', '.js', '.json', '.svg', '.webmanifest'])

/** Writes what the server gives to browsers that read Brotli or gzip: once, and as small as it gets. */
async function precompress(directory) {
  const files = readdirSync(directory, { recursive: true }).map((name) => join(directory, name))
  const one = async (file) => {
    const bytes = await readFile(file)
    if (bytes.length < bytesMin) return
    const brotli = await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
    await writeFile(`${file}.br`, brotli)
    await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
  }
  await Promise.all(files.filter((file) => compressible.has(extname(file))).map(one))
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

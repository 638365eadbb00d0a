import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { root, runQuietly } from './install.mjs'

// What `npm pack` takes of the client: JavaScript and types, with the contracts that it is made of, which are no package outside.

const dist = join(root, 'client/dist')
rmSync(dist, { recursive: true, force: true })
await runQuietly(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'client/tsconfig.build.json')])
for (const file of globSync('**/*.d.ts', { cwd: dist })) write(file, readFileSync(join(dist, file), 'utf8'))
for (const file of globSync('{client,contracts}/src/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts')))
  write(file.replace(/\.ts$/, '.js'), stripTypeScriptTypes(readFileSync(join(root, file), 'utf8')))

function write(file, text) {
  const path = join(dist, file)
  const contracts = relative(dirname(path), join(dist, 'contracts/src')) || '.'
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    text.replace(/(from |import\()(['"])(?:@jarvis\/contracts|(\.))\/([\w-]+)\.ts\2/g, (_, before, quote, own, name) =>
      [before, quote, own ?? contracts, '/', name, '.js', quote].join(''),
    ),
  )
}

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sentences } from '@jarvis/contracts/sentences.ts'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '..')

/** That a key which is used exists, the compiler sees. */
test('every sentence of the catalogue is used', () => {
  const files = globSync('**/*.ts', { cwd: source }).filter((path) => !path.endsWith('.test.ts'))
  const quoted = new Set(files.flatMap((path) => readFileSync(join(source, path), 'utf8').match(/(?<=')[a-z_.]+(?=')/g) ?? []))
  expect(Object.keys(sentences).filter((key) => !quoted.has(key))).toEqual([])
})

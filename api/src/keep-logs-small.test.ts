import { appendFileSync, mkdtempSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rotate } from './keep-logs-small.ts'

test('a log that is written on moves on whole, its writer goes on in the emptied file, and only so many are kept', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-logs-'))
  const file = join(folder, 'jarvis.log')
  const writer = openSync(file, 'a', 0o600)
  for (let line = 0; line < 60; line++) {
    writeSync(writer, `line ${line}\n`)
    rotate(file, { bytesMax: 60, older: 3 })
  }
  const files = readdirSync(folder).toSorted((a, b) => b.localeCompare(a))
  expect(files).toEqual(['jarvis.log.3', 'jarvis.log.2', 'jarvis.log.1', 'jarvis.log'])
  const kept = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
  const lines = kept.trim().split('\n')
  expect(lines).toEqual(Array.from({ length: lines.length }, (_, n) => `line ${60 - lines.length + n}`))
  expect(lines.length).toBeGreaterThan(20)
  expect(kept).not.toContain('\0')
  expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600)
})

test('a log within its bound, or none, is left alone', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'jarvis-logs-')), 'jarvis.log')
  rotate(file)
  appendFileSync(file, 'a line\n')
  rotate(file)
  expect(readFileSync(file, 'utf8')).toBe('a line\n')
})

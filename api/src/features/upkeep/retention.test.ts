import { readFileSync } from 'node:fs'
import { getTableName, is } from 'drizzle-orm'
import { PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import * as tables from '#ports/database/tables.ts'
import { keptElsewhere, retention } from './retention.ts'

test('every table has a line that says how long its rows are kept and why', () => {
  const names = Object.values(tables).flatMap((table: unknown) => (is(table, PgTable) ? [getTableName(table)] : []))
  expect(names.length).toBeGreaterThan(20)
  expect(retention.map(({ what }) => what).toSorted()).toEqual(names.toSorted())
})

test('what has a time of its own is swept, and nothing else', () => {
  for (const { what, old, swept } of retention) expect({ what, has: old !== undefined }).toEqual({ what, has: swept !== undefined })
})

test('docs/retention.md lists both, a line for each', () => {
  const page = readFileSync(new URL('../../../../docs/retention.md', import.meta.url), 'utf8')
  const listed = Array.from(page.replaceAll('\n  ', ' ').matchAll(/^- (.*?): (.*)\. Why: (.*)\.$/gm), ([, what, kept, why]) => ({ what, kept, why }))
  const lines = [...retention.map(({ what, ...line }) => ({ ...line, what: `\`${what}\`` })), ...keptElsewhere]
  const sorted = (of: { what: string | undefined; kept: string | undefined; why: string | undefined }[]) =>
    of.map(({ what, kept, why }) => `${what}: ${kept}. Why: ${why}.`).toSorted()
  expect(sorted(listed)).toEqual(sorted(lines))
})

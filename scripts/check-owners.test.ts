import { expect, test } from 'vitest'
import { checkOwners } from './check-owners.ts'

const tables = {
  path: 'api/src/ports/database/tables.ts',
  text: `export const poems = pgTable(\n  'poems', {})\nexport const fairCopies = pgTable('fair_copies', {})`,
}
const owned = { poems: 'features/poetry', fair_copies: 'features/poetry' }
const check = (path: string, text: string) => checkOwners([tables, { path, text }], owned)

test.each([
  'await db.insert(poems).values(row)',
  'await tx.update(tables.poems).set(row)',
  'await db\n  .delete(fairCopies)\n  .where(old)',
  'sql`insert into ${poems} (id) values (1)`',
  'sql`with gone as (delete from ${tables.fairCopies} f where true returning id) select * from gone`',
  'pool.query("UPDATE fair_copies SET text = $1")',
  'sql`insert  into "poems" values (1)`',
  'sql`truncate table poems`',
  'sql`merge into poems p using x on true`',
])('a write by a stranger is found: %s', (text) => {
  expect(check('api/src/features/prose/index.ts', text)).toEqual([expect.stringContaining('written by a stranger: ask features/poetry')])
  expect(check('api/src/features/poetry/write.ts', text)).toEqual([])
})

test.each(['await db.select().from(poems)', 'sql`select * from ${poems} where updated > 1 for update`', 'cache.delete(key)', 'hash.update(poem)'])(
  'to read, and to write other things, is allowed: %s',
  (text) => {
    expect(check('api/src/features/prose/index.ts', text)).toEqual([])
  },
)

test('each table has an owner, and each owner a table', () => {
  expect(checkOwners([tables], { poems: 'features/poetry', odes: 'features/poetry' })).toEqual([
    expect.stringContaining('fair_copies has no owner'),
    expect.stringContaining('odes is no table'),
  ])
})

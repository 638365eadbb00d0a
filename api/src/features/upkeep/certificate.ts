import type { Erased, ErasureCertificate } from '@jarvis/contracts/erasures.ts'
import { desc, type SQL, sql } from 'drizzle-orm'
import type { Database, Transaction } from '#ports/database/index.ts'
import { erasures, erasureSteps } from '#ports/database/tables.ts'

/** What goes with what, as the database itself has it. */
type Edge = { child: string; column: string; parent: string; key: string }

/** How many rows of each table will go with a person: what the cascades of the database lead to. Nothing is listed by hand, so nothing is forgotten. */
export async function countRows(tx: Pick<Transaction, 'execute'>, userId: string): Promise<Erased[]> {
  const { rows: edges } = await tx.execute<Edge>(sql`
    select c.conrelid::regclass::text as child, quote_ident(a.attname) as "column", c.confrelid::regclass::text as parent, quote_ident(k.attname) as key
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    join pg_attribute k on k.attrelid = c.confrelid and k.attnum = c.confkey[1]
    where c.contype = 'f' and c.confdeltype = 'c' and cardinality(c.conkey) = 1 and c.conrelid <> c.confrelid`)

  /** Which rows of the table are the person's; null where no cascade leads there. `above` are the tables on the way, for those that lead back. */
  function conditionOf(table: string, above: readonly string[]): SQL | null {
    if (table === 'users') return sql`id = ${userId}`
    const ways = edges
      .filter(({ child, parent }) => child === table && !above.includes(parent))
      .flatMap(({ column, parent, key }) => {
        const condition = conditionOf(parent, [...above, table])
        return condition ? [sql`${sql.raw(column)} in (select ${sql.raw(key)} from ${sql.raw(parent)} where ${condition})`] : []
      })
    return ways.length === 0 ? null : sql`(${sql.join(ways, sql` or `)})`
  }

  const counts = ['users', ...new Set(edges.map(({ child }) => child))].flatMap((table) => {
    const condition = conditionOf(table, [])
    return condition ? [sql`select ${table} as "where", count(*)::int as count from ${sql.raw(table)} where ${condition}`] : []
  })
  const { rows } = await tx.execute<Erased>(sql`${sql.join(counts, sql` union all `)} order by 1`)
  return rows.filter(({ count }) => count > 0)
}

/** What was removed where of each person who was erased in the last 30 days, the newest first; and what is left to do. It names nobody. */
export async function certificates({ db }: Pick<Database, 'db'>): Promise<ErasureCertificate[]> {
  const rows = await db.select().from(erasures).orderBy(desc(erasures.startedAt)).limit(200)
  const steps = await db.select().from(erasureSteps)
  return rows.map(({ userId, startedAt, rowsGoneAt, finishedAt, removed }) => ({
    userId,
    startedAt: startedAt.toISOString(),
    rowsGoneAt: rowsGoneAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
    removed,
    waiting: steps.filter((step) => step.userId === userId).map(({ store, attempts }) => ({ where: store, attempts })),
  }))
}

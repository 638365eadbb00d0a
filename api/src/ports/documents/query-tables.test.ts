import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { utils, write } from '@e965/xlsx'
import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { createIsolation } from '#ports/sandbox/index.ts'
import { queryTables, type TableFormat } from './index.ts'

const { signal } = new AbortController()
const isolation = createIsolation({ log: createLog('silent') })
/** As where bubblewrap cannot work: in containers. */
const withoutBubblewrap = createIsolation({ log: createLog('silent'), findFault: async () => 'none here' })

/** A process for each question, on a machine that does much else. */
const slowMs = 600_000

type Given = { bytes: Buffer | string; format?: TableFormat; name?: string }
const ask = (sql: string | null, given: Given[], more: { inside?: typeof isolation; rowsMax?: number; charactersMax?: number } = {}) => {
  const sources = given.map(({ bytes, format = 'csv', name = 't' }) => ({ name, format, bytes: Buffer.from(bytes) }))
  const { inside = isolation, rowsMax = 200, charactersMax = 16_000 } = more
  return queryTables(inside, { sources, sql, sampleRows: 2, rowsMax, charactersMax }, signal)
}
const sales = { bytes: 'region,units,day\nNorth,3,2026-03-01\nSouth,4,2026-03-02\nNorth,5,2026-04-01\n', name: 'sales' }

test.each([
  ['with', isolation],
  ['without', withoutBubblewrap],
])('a table is its columns, some rows and their number, and answers a question, %s bubblewrap', async (_, inside) => {
  const { tables, result } = await ask('select region, sum(units) as units from sales group by all order by all', [sales], { inside })
  const columns = [
    { name: 'region', type: 'VARCHAR' },
    { name: 'units', type: 'BIGINT' },
    { name: 'day', type: 'DATE' },
  ]
  expect(tables).toEqual([
    {
      source: 'sales',
      name: 'sales',
      rows: 3,
      columns,
      sample: [
        ['North', 3, '2026-03-01'],
        ['South', 4, '2026-03-02'],
      ],
    },
  ])
  expect(result).toEqual({
    columns: [columns[0], { name: 'units', type: 'HUGEINT' }],
    rows: [
      ['North', 8],
      ['South', 4],
    ],
    more: false,
  })
})

test('numbers, dates, encodings and names are read as people write them', async () => {
  const german = 'Straße;Umsatz;größter Tag\nAm Wall;1.234,56;2026-01-02\nHafen;7,5;2026-02-03\n'
  const whole = await ask('select sum("Umsatz"), max("größter Tag"), count(distinct "Straße") from t', [{ bytes: german }])
  expect(whole.result!.rows).toEqual([[1242.06, '2026-02-03', 2]])
  const latin = await ask('select "Straße" from t', [{ bytes: Buffer.from(german, 'latin1') }])
  expect(latin.result!.rows).toEqual([['Am Wall'], ['Hafen']])
  const utf16 = await ask('select sum("Umsatz") from t', [{ bytes: Buffer.from(`\uFEFF${german}`, 'utf16le') }])
  expect(utf16.result!.rows).toEqual([[1242.06]])
  const odd = await ask('select 0.1::decimal(4,2) as a, 9007199254740993 as b, [1, 2] as c, null as d, 1.5 as "日本", true as e', [sales])
  expect(odd.result!.rows).toEqual([[0.1, '9007199254740993', '[1,2]', null, 1.5, true]])
  const ragged = await ask('select count(*) from t', [{ bytes: 'a,b\n1,2\n"3,4\n5\n6,7,8\n' }])
  expect(ragged.broken.length + ragged.tables.length).toBe(1)
})

test('sheets, JSON and Parquet are tables too; each sheet of several has a name of its own', async () => {
  const document = (name: string) => readFileSync(new URL(`../../../test/fixtures/documents/${name}`, import.meta.url))
  for (const name of ['tides.xlsx', 'tides.ods']) {
    const { tables, result } = await ask('select max("High (m)") from t where "Day" < date \'2026-03-02\'', [
      { bytes: document(name), format: 'sheets' },
    ])
    expect(tables[0]!.columns.map(({ type }) => type)).toEqual(['VARCHAR', 'DATE', 'DOUBLE'])
    expect(result!.rows).toEqual([[4.11]])
  }
  const book = utils.book_new()
  utils.book_append_sheet(
    book,
    utils.aoa_to_sheet([
      ['a', 'a'],
      [1, 0.1],
      [2, 0.25],
    ]),
    'First one',
  )
  utils.book_append_sheet(book, utils.aoa_to_sheet([['b'], ['x']]), 'Zweites')
  const sheets = { bytes: write(book, { type: 'buffer', bookType: 'xlsx' }) as Buffer, format: 'sheets' as const, name: 'book' }
  const two = await ask('select sum(a), sum(a_2), (select count(*) from book_zweites) from book_first_one', [sheets])
  expect(two.result!.rows).toEqual([[3, 0.35, 1]])

  const json = await ask('select sum(o.a), max(o.b.c) from o', [
    { bytes: '[{"a":1,"b":{"c":"x"}},{"a":2,"b":{"c":"y"}}]', format: 'json', name: 'o' },
  ])
  expect(json.result!.rows).toEqual([[3, 'y']])

  const folder = await mkdtemp(join(tmpdir(), 'parquet-'))
  const database = await (await DuckDBInstance.create(':memory:')).connect()
  await database.run(`copy (select range as i, 'n' || range as n from range(1000)) to '${folder}/p.parquet' (format parquet)`)
  const parquet = { bytes: readFileSync(`${folder}/p.parquet`), format: 'parquet' as const }
  await rm(folder, { recursive: true })
  expect((await ask('select sum(i), max(n) from t', [parquet])).result!.rows).toEqual([[499_500, 'n999']])
  // Two files in one question; what is none is named, and the others are asked.
  const joined = await ask('select count(*) from t join sales on i = units', [parquet, sales, { bytes: 'no archive', format: 'sheets', name: 'x' }])
  expect(joined).toMatchObject({ broken: ['x'], result: { rows: [[3]] } })
})

const attacks = [
  `copy sales to '/tmp/stolen.csv'`,
  `copy (select 1) to '/dev/stdout'`,
  `attach '/tmp/x.db'`,
  `attach ':memory:' as other`,
  `export database '/tmp/x'`,
  `install httpfs`,
  `load httpfs`,
  `load '/tmp/x.duckdb_extension'`,
  `set enable_external_access = true`,
  `reset lock_configuration`,
  `pragma enable_profiling`,
  `call force_checkpoint()`,
  `create table x as select 1`,
  `drop table sales`,
  `insert into sales values ('x', 1, '2026-01-01')`,
  `select 1; copy sales to '/tmp/stolen.csv'`,
  `select * from read_csv('/etc/passwd')`,
  `select * from '/etc/passwd'`,
  `select * from read_text('/proc/self/environ')`,
  `select * from read_blob('/given/0')`,
  `select * from glob('/*')`,
  `select * from read_json('http://ADDRESS/x.json')`,
  `select * from read_csv('http://ADDRESS/x.csv')`,
  `select * from parquet_scan('http://ADDRESS/x.parquet')`,
  `select * from sniff_csv('/etc/passwd')`,
  `select getenv('HOME')`,
  `with x as (select * from read_text('/etc/hostname')) select * from x`,
  `select * from query('copy sales to ''/tmp/stolen.csv''')`,
  `explain analyze copy sales to '/tmp/stolen.csv'`,
]

test.each([
  ['with', isolation],
  ['without', withoutBubblewrap],
])('no question reaches a file, the network, an extension or a setting, %s bubblewrap', { timeout: slowMs }, async (_, inside) => {
  let hits = 0
  const server = createServer((_, reply) => void (hits++, reply.end('a,b\n1,2\n'))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const refused = async (attack: string) => {
    const { error, result } = await ask(attack.replace('ADDRESS', address), [sales], { inside })
    expect([attack, result, typeof error]).toEqual([attack, undefined, 'string'])
  }
  await Promise.all(attacks.map(refused))
  expect(hits).toBe(0)
  server.close()
})

test('a question that would take for ever, or all memory, or has no end, ends with a sentence', { timeout: slowMs }, async () => {
  const endless = [
    `with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r`,
    `select count(*) from generate_series(1, 1000000000000) as g(i) where i % 7 = 3`,
    `select string_agg(repeat('x', 1000), '') from range(2000000)`,
    `select list(repeat(i::varchar, 100000)) from range(1000000) as t(i)`,
    `select repeat('x', 2000000000)`,
  ]
  for (const sql of endless) {
    const said = await ask(sql, [sales]).then(
      ({ error }) => error,
      (error: Error) => error.message,
    )
    expect([sql, said]).toEqual([sql, expect.stringMatching(/too (long|much)|memory|too large|maximum/i)])
  }
})

test('a huge result is cut, by its rows and by its length, and says so', async () => {
  const rows = (await ask('select * from range(1000000000)', [sales], { rowsMax: 50 })).result!
  expect([rows.rows.length, rows.more]).toEqual([50, true])
  const long = (await ask(`select repeat('x', 900) from range(100)`, [sales], { charactersMax: 5000 })).result!
  expect([long.rows.length, long.more]).toEqual([5, true])
  const wide = (await ask(`select ${Array.from({ length: 3000 }, (_, at) => `${at} as c${at}`).join()}`, [sales])).result!
  expect(wide.columns.length).toBe(200)
  expect(wide.rows[0]!.length).toBe(200)
})

test('sixty megabytes are loaded and asked within the bounds', { timeout: slowMs }, async () => {
  const line = 'North,1,2026-03-01\n'
  const bytes = Buffer.concat([Buffer.from('region,units,day\n'), Buffer.alloc(60 * 1024 * 1024, line)])
  const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1)
  const { result } = await ask('select count(*), sum(units) from big', [{ bytes: whole, name: 'big' }])
  const count = Math.floor((60 * 1024 * 1024) / line.length)
  expect(result!.rows).toEqual([[count, count]])
})

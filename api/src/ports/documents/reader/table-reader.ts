import { Console } from 'node:console'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { type DuckDBConnection, DuckDBInstance, StatementType } from '@duckdb/node-api'
import { columnsOf, jsonOf } from './table-cells.ts'
import { type Sheet, sheetsOf } from './table-sheets.ts'

// A program of its own: tables come in, the answer to one question in SQL goes out. It imports nothing of ours but what is beside it.

type Source = { name: string; format: 'csv' | 'json' | 'parquet' | 'sheets' }
type Asked = { sources: Source[]; sql: string | null; sampleRows: number; rowsMax: number; charactersMax: number; millisecondsMax: number }

/** Nothing is fetched, nothing is written, and one thread works. */
const settings = {
  threads: '1',
  memory_limit: '600MB',
  temp_directory: '',
  max_temp_directory_size: '0MB',
  autoload_known_extensions: 'false',
  autoinstall_known_extensions: 'false',
  allow_community_extensions: 'false',
}

/** Beyond these nobody reads a row. */
const columnsShown = 200
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** UTF-8 is what is there where nothing else shows; a file of a program of the nineties is Latin. */
function encodingOf(path: string): string {
  const head = Buffer.alloc(65_536)
  const file = openSync(path, 'r')
  const bytes = head.subarray(0, readSync(file, head))
  closeSync(file)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return 'utf-16'
  // The last character may be cut.
  return bytes.toString('utf8').slice(0, -1).includes('\u{FFFD}') ? 'latin-1' : 'utf-8'
}

async function load(to: DuckDBConnection, { name, format }: Source, path: string): Promise<string[]> {
  const create = `create table ${quoted(name)} as from`
  if (format === 'sheets') return await loadSheets(to, name, await sheetsOf(readFileSync(path)))
  if (format === 'parquet') await to.run(`${create} read_parquet(${literal(path)})`)
  else if (format === 'json') await to.run(`${create} read_json(${literal(path)}, format = 'auto', maximum_object_size = 67108864)`)
  else await loadCsv(to, name, create, path)
  return [name]
}

async function loadCsv(to: DuckDBConnection, name: string, create: string, path: string): Promise<void> {
  const options = `encoding = ${literal(encodingOf(path))}, sample_size = -1, max_line_size = 8388608`
  try {
    await to.run(`${create} read_csv(${literal(path)}, ${options})`)
  } catch {
    // Rows of different lengths, or quotes in the middle: what can be read of it.
    const loose = 'all_varchar = true, null_padding = true, strict_mode = false, parallel = false, ignore_errors = true'
    await to.run(`${create} read_csv(${literal(path)}, ${options}, ${loose})`)
  }
  await readCommas(to, name)
}

/** In much of the world 1.234,56 is a number. */
async function readCommas(to: DuckDBConnection, name: string): Promise<void> {
  const number = String.raw`[-+]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?`
  for (const { name: column, type } of columnsOf(await to.run(`from ${quoted(name)} limit 0`))) {
    if (type !== 'VARCHAR') continue
    const at = quoted(column)
    const found = await to.runAndReadAll(
      `select coalesce(bool_and(regexp_full_match(${at}, ${literal(number)})) and bool_or(contains(${at}, ',')), false) from ${quoted(name)} where ${at} is not null`,
    )
    if (found.getRowsJson()[0]?.[0] === true)
      await to.run(`alter table ${quoted(name)} alter ${at} type double using replace(replace(${at}, '.', ''), ',', '.')::double`)
  }
}

async function loadSheets(to: DuckDBConnection, name: string, sheets: Sheet[]): Promise<string[]> {
  const names: string[] = []
  for (const sheet of sheets) {
    const table = sheets.length === 1 ? name : freeName(`${name}_${plainName(sheet.name)}`, names)
    const taken: string[] = []
    const columns = sheet.columns.map(({ name: column, type }) => {
      const free = freeName(column, taken)
      taken.push(free)
      return `try_cast(${quoted(`c${taken.length}`)} as ${type}) as ${quoted(free)}`
    })
    await to.run(`create temp table raw (${taken.map((_, at) => `${quoted(`c${at + 1}`)} varchar`).join(', ')})`)
    const appender = await to.createAppender('raw')
    for (const row of sheet.rows) {
      for (const cell of row) {
        if (cell === null) appender.appendNull()
        else appender.appendVarchar(cell)
      }
      appender.endRow()
    }
    appender.closeSync()
    await to.run(`create table ${quoted(table)} as select ${columns.join(', ')} from raw`)
    await to.run('drop table raw')
    names.push(table)
  }
  return names
}

const plainName = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '_')
    .slice(0, 60)
/** Names differ, also for a reader who knows no capitals. */
function freeName(name: string, taken: readonly string[]): string {
  const known = new Set(taken.map((one) => one.toLowerCase()))
  let free = name
  for (let count = 2; known.has(free.toLowerCase()); count++) free = `${name}_${count}`
  return free
}

async function describe(to: DuckDBConnection, source: string, name: string, { sampleRows }: Asked) {
  const sample = await to.runAndReadAll(`from ${quoted(name)} limit ${sampleRows}`)
  const [[rows]] = (await to.runAndReadAll(`select count(*)::integer from ${quoted(name)}`)).getRowsJson() as [[number]]
  return { source, name, rows, columns: columnsOf(sample).slice(0, columnsShown), sample: jsonOf(sample).map((row) => row.slice(0, columnsShown)) }
}

/** One question that changes nothing; what it takes too long for is interrupted, so that it ends with a sentence. */
async function ask(to: DuckDBConnection, sql: string, { rowsMax, charactersMax, millisecondsMax }: Asked) {
  const timer = setTimeout(() => to.interrupt(), millisecondsMax)
  try {
    const statements = await to.extractStatements(sql)
    if (statements.count !== 1) return { error: 'Ask one question at a time: the SQL has to be one statement.' }
    const statement = await statements.prepare(0)
    const isReading = statement.statementType === StatementType.SELECT || statement.statementType === StatementType.EXPLAIN
    if (!isReading) return { error: 'Only questions are answered here: begin with SELECT, WITH, FROM, DESCRIBE or SUMMARIZE.' }
    const found = await statement.streamAndReadUntil(rowsMax + 1)
    const all = jsonOf(found).map((row) => row.slice(0, columnsShown))
    let characters = 0
    const rows = all.slice(0, rowsMax).filter((row) => (characters += JSON.stringify(row).length + 1) <= charactersMax)
    return { result: { columns: columnsOf(found).slice(0, columnsShown), rows, more: rows.length < all.length || !found.done } }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    if (/interrupt/i.test(said)) return { error: 'It took too long and was stopped. Ask for less.' }
    if (/out of memory/i.test(said)) return { error: 'It took too much memory and was stopped. Ask for less.' }
    return { error: said.split('\n').slice(0, 6).join('\n').slice(0, 600) }
  } finally {
    clearTimeout(timer)
  }
}

async function main(asked: Asked, folder: string) {
  const database = await DuckDBInstance.create(':memory:', settings)
  const connection = await database.connect()
  const tables = []
  const broken: string[] = []
  for (const [at, source] of asked.sources.entries()) {
    try {
      for (const name of await load(connection, source, `${folder}/${at}`)) tables.push(await describe(connection, source.name, name, asked))
    } catch (error) {
      process.stderr.write(`${String(error)}\n`)
      broken.push(source.name)
    }
  }
  // From here on it reaches nothing but what was loaded.
  await connection.run('set enable_external_access = false')
  await connection.run('set lock_configuration = true')
  return { tables, broken, ...(asked.sql !== null && (await ask(connection, asked.sql, asked))) }
}

globalThis.console = new Console(process.stderr)
const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const reply = await main(JSON.parse(Buffer.concat(parts).toString()) as Asked, process.argv.at(-1)!)
process.stdout.write(JSON.stringify(reply), () => process.exit(0))

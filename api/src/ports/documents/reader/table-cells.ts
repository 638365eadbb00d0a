import type { DuckDBResult, DuckDBResultReader, Json } from '@duckdb/node-api'

export type Column = { name: string; type: string }
/** What a cell can be on a page; what has parts is written as JSON. */
export type Cell = string | number | boolean | null

const cellCharactersMax = 1000
const isWhole = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT)$/
/** Beyond these a number loses digits on the way, so it stays text. */
const digitsMax = 15

export const columnsOf = (found: DuckDBResult | DuckDBResultReader): Column[] => {
  const types = found.columnTypes()
  return found.deduplicatedColumnNames().map((name, at) => ({ name: name.slice(0, 200), type: String(types[at]).slice(0, 200) }))
}

export function jsonOf(found: DuckDBResultReader): Cell[][] {
  const types = found.columnTypes().map(String)
  return found.getRowsJson().map((row) => row.map((value, at) => cellOf(value, types[at]!)))
}

function cellOf(value: Json, type: string): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (typeof value !== 'string') return JSON.stringify(value).slice(0, cellCharactersMax)
  const isNumber = isWhole.test(type) || type.startsWith('DECIMAL')
  if (isNumber && value.replace(/\D/g, '').length <= digitsMax) return Number(value)
  return value.slice(0, cellCharactersMax).toWellFormed().replaceAll('\u0000', '')
}

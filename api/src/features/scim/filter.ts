import { type SQL, sql } from 'drizzle-orm'
import { type Filter, parse } from 'scim2-parse-filter'
import { literally } from '#lib/like.ts'
import { unstorableIn } from '#lib/storable.ts'
import { scimBad } from './scim-error.ts'

/** `fold`: compared in small letters. `member`: whether somebody is one, which is only ever asked with `eq`. */
export type FilterColumn =
  | { kind: 'text'; value: SQL; fold?: true }
  | { kind: 'boolean' | 'time'; value: SQL }
  | { kind: 'member'; has(id: string): SQL }
/** By path in small letters, as `name.familyname`. */
export type FilterColumns = ReadonlyMap<string, FilterColumn>

const charactersMax = 1000
const parenthesesMax = 20
const urn = /^urn:ietf:params:scim:schemas:core:2\.0:(?:user|group):/

/** A directory's filter as SQL: attributes of a fixed list, values as parameters, length and depth bounded. @throws ScimError invalidFilter */
export function filterToSql(text: string, columns: FilterColumns): SQL {
  const parentheses = text.split(/[([]/).length - 1
  if (text.length > charactersMax || parentheses > parenthesesMax || unstorableIn(text)) throw scimBad('invalidFilter', 'The filter is too long.')
  return walk(parsed(text), columns, '')
}

function parsed(text: string): Filter {
  try {
    return parse(text)
  } catch (cause) {
    throw scimBad('invalidFilter', 'The filter is none.', cause)
  }
}

function walk(filter: Filter, columns: FilterColumns, prefix: string): SQL {
  if ('filters' in filter) {
    const all = filter.filters.map((each) => walk(each, columns, prefix))
    return sql`(${sql.join(all, sql.raw(` ${filter.op} `))})`
  }
  if ('filter' in filter) return sql`not coalesce(${walk(filter.filter, columns, prefix)}, false)`
  if ('valFilter' in filter) return walk(filter.valFilter, columns, `${filter.attrPath}.`)
  return compare(filter.op, `${prefix}${filter.attrPath}`, 'compValue' in filter ? filter.compValue : undefined, columns)
}

const comparisons = new Map([['eq', '='], ['ne', 'is distinct from'], ['gt', '>'], ['ge', '>='], ['lt', '<'], ['le', '<=']]) // prettier-ignore
const likes = new Map([['co', ['%', '%']], ['sw', ['', '%']], ['ew', ['%', '']]]) // prettier-ignore

function compare(op: string, path: string, given: unknown, columns: FilterColumns): SQL {
  const column = columns.get(path.toLowerCase().replace(urn, ''))
  if (!column) throw scimBad('invalidFilter', `There is no filter by ${path.slice(0, 60)}.`)
  if (column.kind === 'member') {
    if (op !== 'eq' || typeof given !== 'string') throw scimBad('invalidFilter', 'Members are filtered by eq alone.')
    return column.has(given)
  }
  if (op === 'pr') return sql`${column.value} is not null`
  if (given === null && op === 'eq') return sql`${column.value} is null`
  if (given === null && op === 'ne') return sql`${column.value} is not null`
  const like = likes.get(op)
  const comparison = comparisons.get(op)
  const value = column.kind === 'boolean' && typeof given === 'string' && /^(?:true|false)$/i.test(given) ? given.toLowerCase() === 'true' : given
  const isIt = column.kind === 'boolean' ? typeof value === 'boolean' : typeof value === 'string'
  const isDate = column.kind !== 'time' || !Number.isNaN(Date.parse(String(value)))
  if (!isIt || !isDate || (like ? column.kind !== 'text' : !comparison)) throw scimBad('invalidFilter', `${path} is not compared so.`)
  const own =
    column.kind === 'time' ? sql`${new Date(String(value)).toISOString()}::timestamptz` : sql`${like ? likeOf(like, value as string) : value}`
  const fold = (side: SQL) => (column.kind === 'text' && column.fold ? sql`lower(${side})` : side)
  return sql`${fold(column.value)} ${sql.raw(like ? 'like' : comparison!)} ${fold(own)}`
}

const likeOf = ([before, after]: string[], value: string) => `${before}${literally(value)}${after}`

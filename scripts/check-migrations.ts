import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export type Migration = { tag: string; sql: string }
/** What each release came with: so many of the migrations, and the hash of their text. */
type Releases = Record<string, { migrations: number; sha256: string }>

/** Matched against one statement, its comments and the bodies of its functions left out. */
const rules: { pattern: RegExp; told: string }[] = [
  { pattern: /\bdrop (table|column|view|schema|type|function|sequence)\b/, told: 'the version that still runs uses it' },
  { pattern: /\brename\b/, told: 'the version that still runs uses the old name: add the new one beside it' },
  { pattern: /\balter column \S+ (set data )?type\b/, told: 'rewrites the table under a lock that stops everybody: add a column of the new type' },
  {
    pattern: /\balter column \S+ set not null\b/,
    told: 'refuses rows that the version that still runs leaves empty, and reads the whole table under a lock',
  },
  { pattern: /\balter column \S+ drop default\b/, told: 'refuses rows in which the version that still runs does not name the column' },
  {
    pattern: /\badd column (?=[^,]*\b(not null|primary key)\b)(?![^,]*\b(default|generated)\b)/,
    told: 'refuses the rows of the version that still runs: give it a default',
  },
  {
    pattern: /\badd column [^,]*\b(gen_random_uuid|random|clock_timestamp|nextval)\(|\badd column \S+ (big|small)?serial\b/,
    told: 'rewrites the table under a lock that stops everybody: its default differs from row to row',
  },
  {
    pattern: /\bdrop constraint\b/,
    told: 'the version that still runs may count on it: "on conflict" needs its index, and a deletion its cascade',
  },
  {
    pattern: /\badd constraint (?!.*\bnot valid\b)(?!.*\busing index\b)/,
    told: 'reads the whole table under a lock, and may refuse what the version that still runs writes: add it as "not valid"',
  },
  { pattern: /\bcreate unique index\b/, told: 'may refuse what the version that still runs writes' },
  {
    pattern: /\bcreate index (?!if not exists)/,
    told: 'stops writes to the table while it is built: "if not exists" lets a large installation build it beforehand, concurrently',
  },
  { pattern: /^(update|delete from)\b/, told: 'locks the rows that it changes until every migration is done' },
  { pattern: /^truncate\b/, told: 'takes rows from the version that still runs' },
  { pattern: /^create (or replace )?(constraint )?trigger\b/, told: 'acts on what the version that still runs writes' },
]

/**
 * One sentence for each statement after the last release's that breaks or stops the version before, which runs on while processes are replaced
 * one by one. A comment in the statement overrules: "-- safe: why", or "-- contract: 0.1.0", the last release that used what goes.
 */
export function checkMigrations(migrations: Migration[], releases: Releases): string[] {
  const newest = Math.max(0, ...Object.values(releases).map((release) => release.migrations))
  const statements = migrations.slice(newest).flatMap(({ tag, sql }) => statementsOf(sql).map((text) => toStatement(tag, text)))
  const newTables = new Set(statements.flatMap(({ sql }) => /^create table (?:if not exists )?([^\s(]+)/.exec(sql)?.[1] ?? []))
  const faults = statements
    .filter(({ overruled }) => !overruled)
    .flatMap(({ tag, sql, shown }) => {
      const rule = newTables.has(tableOf(sql) ?? '') ? undefined : rules.find(({ pattern }) => pattern.test(sql))
      return rule ? [`${tag}: "${shown}" ${rule.told}.`] : []
    })
  return [...checkReleased(migrations, releases), ...faults]
}

/** A released file is never edited: databases have run it. */
function checkReleased(migrations: Migration[], releases: Releases): string[] {
  return Object.entries(releases).flatMap(([release, { migrations: count, sha256 }]) => {
    const hash = hashOf(migrations.slice(0, count))
    return hash === sha256 ? [] : [`The migrations of release ${release} were changed, their hash is ${hash}: put them back, and add a new one.`]
  })
}

export const hashOf = (migrations: Migration[]) =>
  createHash('sha256')
    .update(migrations.map(({ tag, sql }) => `${tag}\n${sql}`).join('\n'))
    .digest('hex')

const inOnePiece = /--.*$|\$(\w*)\$[\s\S]*?\$\1\$|'[^']*'|;/gm

/** At each semicolon, which a breakpoint follows or not. A comment belongs to the statement after it. */
function statementsOf(sql: string): string[] {
  const ends = [...sql.matchAll(inOnePiece)].flatMap((match) => (match[0] === ';' ? [match.index + 1] : []))
  return [...ends, sql.length].map((end, at) => sql.slice(at === 0 ? 0 : ends[at - 1], end)).filter((text) => text.trim() !== '')
}

function toStatement(tag: string, text: string) {
  const overruled = /^\s*-- (safe: \S.*|contract: \d+\.\d+\.\d+)$/m.test(text)
  const bare = text
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replaceAll('"', '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const sql = bare.toLowerCase().replaceAll(/\s*([(),.;])\s*/g, '$1')
  return { tag, sql, overruled, shown: bare.length > shownMax ? `${bare.slice(0, shownMax)}…` : bare }
}

const shownMax = 100

/** The table that a statement alters, indexes or watches. */
function tableOf(sql: string): string | undefined {
  return /^(?:alter table (?:if exists |only )*|create (?:unique )?index .*? on |create .*?trigger .*? on |update |delete from )(?:public\.)?([^\s(;]+)/.exec(
    sql,
  )?.[1]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = 'api/migrations'
  const read = (path: string) => readFileSync(join(folder, path), 'utf8')
  const { entries } = JSON.parse(read('meta/_journal.json')) as { entries: { tag: string }[] }
  const migrations = entries.map(({ tag }) => ({ tag, sql: read(`${tag}.sql`) }))
  const faults = checkMigrations(migrations, JSON.parse(read('releases.json')) as Releases)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(1)
}

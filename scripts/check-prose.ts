import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { SourceFile } from './check-layers.ts'

const columnsMax = 120

/** Words that make a reader stop, and what to write instead. */
const heavy: { pattern: RegExp; instead: string }[] = [
  { pattern: /\bwho(?:m|so)?ever\b/i, instead: 'name who it is' },
  { pattern: /\btold otherwise\b/i, instead: 'say what is set or decided' },
  { pattern: /\btell(?:s|ing)? of\b|\btold of\b/i, instead: 'write “report”, “describe” or “name”' },
]

/** One sentence for each Markdown line that is too wide, and for each heavy word in Markdown, in comments and in names of tests. */
export function checkProse(files: SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => {
      const prose = path.endsWith('.md') ? line : `${commentIn(line)} ${testIn(line)}`
      return [
        ...(path.endsWith('.md') && columnsOf(line) > columnsMax
          ? [`${path}:${at + 1} has ${columnsOf(line)} columns, more than ${columnsMax}.`]
          : []),
        ...heavy
          .filter(({ pattern }) => pattern.test(prose))
          .map(({ pattern, instead }) => `${path}:${at + 1} says “${pattern.exec(prose)![0]}”: ${instead}.`),
      ]
    }),
  )
}

/** Where a path of a document may begin. */
const roots = ['', 'api/src/', 'api/src/features/', 'web/src/', 'contracts/src/', 'client/src/']

/** One sentence for each file that a document names and that is not there; `exists` is asked from the root. */
export function checkPaths({ path, text }: SourceFile, exists: (file: string) => boolean): string[] {
  return text.split('\n').flatMap((line, at) =>
    Array.from(line.matchAll(/`((?!\.)(?:[\w.-]+\/)+[\w.-]+\.(?:ts|tsx|mjs|md))`/g), (found) => found[1]!)
      .filter((file) => !roots.some((root) => exists(root + file)))
      .map((file) => `${path}:${at + 1} names ${file}, which is not there.`),
  )
}

/** One sentence for each number that two decisions have. */
export function checkDecisions(paths: readonly string[]): string[] {
  const byNumber = Map.groupBy(
    paths.filter((path) => /^docs\/decisions\/\d{4}-/.test(path)),
    (path) => path.slice('docs/decisions/'.length, 'docs/decisions/'.length + 4),
  )
  return [...byNumber].filter(([, same]) => same.length > 1).map(([number, same]) => `${same.join(' and ')} are both numbered ${number}.`)
}

/** Where a link leads is no word of the line, and an example of what goes over the wire is one line there too. */
const columnsOf = (line: string) => (/^(?:data:|[←→]) /.test(line) ? 0 : Array.from(line.replace(/\]\([^)]*\)/g, '')).length)

/** What follows a comment's sign; good enough for prose, since a wrong guess finds heavy words in strings too. */
const commentIn = (line: string) => /(?:^|\s)(?:\/\/|\/?\*+|#|--)\s(.*)$/.exec(line)?.[1] ?? ''

const testIn = (line: string) => /^\s*(?:(?:test|describe)[\w.]*|\]\))\((['"`])(.*)\1/.exec(line)?.[2] ?? ''

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { stdout } = spawnSync('git', ['ls-files'], { encoding: 'utf8' })
  const paths = stdout.split('\n').filter((path) => /\.(md|tsx?|mjs|css|sh|conf|template|ya?ml)$/.test(path) && existsSync(path))
  const files = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  // Decisions name what was there when they were made.
  const current = files.filter(({ path }) => /^(?:docs\/[\w-]+|ARCHITECTURE|README|SECURITY)\.md$/.test(path))
  const faults = [...checkProse(files), ...checkDecisions(paths), ...current.flatMap((file) => checkPaths(file, existsSync))]
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(1)
}

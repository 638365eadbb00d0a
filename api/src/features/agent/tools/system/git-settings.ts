/** A setting as git lists it: its section and its last word are lower case, and a value that is left out means true. */
export type GitSetting = { key: string; value: string | null }

const boolean = /^(?:true|false|yes|no|on|off|1|0)?$/i
const number = /^\d{1,9}[kmg]?$/i
const word = /^[\w.-]{1,100}$/
const words = /^[\w.,= -]{1,200}$/
const name = /^[^\p{C}"\\]{1,200}$/u
const reference = /^refs\/[^\p{C}"\\]{1,200}$/u
const references = /^\+?refs\/[^\p{C}"\\:]{1,200}:refs\/[^\p{C}"\\:]{1,200}$/u

/**
 * The settings that count, each with the values that it may have: how files are stored and compared, and how things are shown. None of them
 * names a program, a file or an address. What is not listed has no effect, whatever git makes of it one day.
 */
const known: Record<string, RegExp> = {
  'core.abbrev': /^(?:auto|no|\d{1,2})$/i,
  'core.autocrlf': /^(?:true|false|input)?$/i,
  'core.checkstat': /^(?:default|minimal)$/i,
  'core.eol': /^(?:lf|crlf|native)$/i,
  'core.filemode': boolean,
  'core.ignorecase': boolean,
  'core.precomposeunicode': boolean,
  'core.protecthfs': boolean,
  'core.protectntfs': boolean,
  'core.quotepath': boolean,
  'core.repositoryformatversion': /^[01]$/,
  'core.safecrlf': /^(?:true|false|warn)?$/i,
  'core.sparsecheckout': boolean,
  'core.sparsecheckoutcone': boolean,
  'core.symlinks': boolean,
  'core.trustctime': boolean,
  'core.whitespace': words,
  'branch.*.merge': reference,
  'branch.*.remote': name,
  'diff.algorithm': /^(?:default|myers|minimal|patience|histogram)$/i,
  'diff.context': number,
  'diff.interhunkcontext': number,
  'diff.mnemonicprefix': boolean,
  'diff.noprefix': boolean,
  'diff.renamelimit': number,
  'diff.renames': /^(?:true|false|yes|no|on|off|1|0|copies|copy)?$/i,
  'diff.suppressblankempty': boolean,
  'extensions.noop': /^[\w-]{0,50}$/,
  'extensions.objectformat': /^(?:sha1|sha256)$/i,
  'extensions.preciousobjects': boolean,
  'extensions.refstorage': /^(?:files|reftable)$/i,
  'extensions.relativeworktrees': boolean,
  'i18n.commitencoding': word,
  'i18n.logoutputencoding': word,
  'log.abbrevcommit': boolean,
  'log.date': words,
  'log.decorate': /^(?:short|full|auto|no|true|false)?$/i,
  'log.follow': boolean,
  'log.showroot': boolean,
  'remote.*.fetch': references,
  'status.aheadbehind': boolean,
  'status.branch': boolean,
  'status.relativepaths': boolean,
  'status.renames': boolean,
  'status.short': boolean,
  'status.showstash': boolean,
  'status.showuntrackedfiles': /^(?:no|normal|all|true|false)?$/i,
}

/** Extensions that may be left out: objects that a remote would have to send are missing, and settings of one worktree do not count. */
const leftOut = ['extensions.partialclone', 'extensions.worktreeconfig']

/** Ours, after those of the repository: nothing is fetched, run or started beside it. */
const own = [
  ['core', 'bare', 'false'],
  ['core', 'fsmonitor', 'false'],
  ['core', 'hooksPath', '/dev/null'],
  ['core', 'pager', 'cat'],
  ['core', 'preloadIndex', 'false'],
  ['diff', 'ignoreSubmodules', 'all'],
  ['gc', 'auto', '0'],
  ['log', 'showSignature', 'false'],
  ['maintenance', 'auto', 'false'],
  ['protocol', 'allow', 'never'],
  ['submodule', 'recurse', 'false'],
] as const

/** Reads what `git config --null --list` prints. */
export function readGitSettings(listing: string): GitSetting[] {
  const entries = listing.split('\0').filter((entry) => entry !== '')
  return entries.map((entry) => {
    const at = entry.indexOf('\n')
    return at === -1 ? { key: entry, value: null } : { key: entry.slice(0, at), value: entry.slice(at + 1) }
  })
}

/** What a repository needs that is not known here: without it its files would be read wrongly. */
export const unknownExtensions = (settings: readonly GitSetting[]): string[] =>
  settings.map(({ key }) => key).filter((key) => key.startsWith('extensions.') && !Object.hasOwn(known, key) && !leftOut.includes(key))

/** A settings file with the known ones of these, and ours. */
export function writeGitSettings(settings: readonly GitSetting[]): string {
  const lines = settings.flatMap(({ key, value }) => {
    const [section, subsection, last] = partsOf(key)
    const values = known[subsection === undefined ? `${section}.${last}` : `${section}.*.${last}`]
    if (!values?.test(value ?? '') || (subsection !== undefined && !name.test(subsection))) return []
    return [`[${section}${subsection === undefined ? '' : ` "${subsection}"`}]`, value === null ? `\t${last}` : `\t${last} = "${value}"`]
  })
  return [...lines, ...own.flatMap(([section, key, value]) => [`[${section}]`, `\t${key} = ${value}`]), ''].join('\n')
}

function partsOf(key: string): [section: string, subsection: string | undefined, last: string] {
  const [first, end] = [key.indexOf('.'), key.lastIndexOf('.')]
  return [key.slice(0, first), first === end ? undefined : key.slice(first + 1, end), key.slice(end + 1)]
}

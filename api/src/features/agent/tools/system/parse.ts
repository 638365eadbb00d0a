import { posix } from 'node:path'
import { AppError } from '#lib/app-error.ts'
import type { Command, Grammar, Shape } from './grammar.ts'

/** `paths` are those of the workspace that it names, relative to it. */
export type ParsedCommand = { command: Command; argv: string[]; options: ReadonlyMap<string, string>; paths: string[] }

type Given = { option: string; value: string | undefined }
type Read = { given: Given[]; before: string[]; after: string[] }

const argumentsMax = 64
const charactersMax = 8000
const argumentCharactersMax = 4000
/** An expression of the grammar's may take a time that grows faster than what it reads. */
const matchedCharactersMax = 200
/** What a person could not see on the card: control and format characters, line separators, half surrogates. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
/** Options of git itself, before the subcommand. What a repository's own settings name is not there to be read (repository.ts). */
const gitOptions = ['--no-pager', '--no-optional-locks']

/**
 * Reads an argv by the grammar and writes it anew in one unambiguous form: each option apart, values attached, `--` before the operands,
 * paths that start with ./. What runs is what was written here, so that the program cannot read it in another way. What was written is
 * read again as itself.
 * @throws `invalid_request` with a sentence that says what is allowed
 */
export function parseCommand({ commands, folders }: Grammar, asked: readonly string[]): ParsedCommand {
  requireBounds(asked)
  const argv = asked[0] === 'git' && startsWith(asked.slice(1), gitOptions) ? ['git', ...asked.slice(1 + gitOptions.length)] : asked
  const hidden = argv.find((argument) => invisible.test(argument))
  if (hidden !== undefined) refuse(`${JSON.stringify(hidden)} holds characters that cannot be seen, such as a line break. Leave them out.`)
  const command = commands.get(argv.slice(0, 2).join(' ')) ?? commands.get(argv[0] ?? '')
  if (!command) return refuse(`"${argv[0]}" is not an allowed command here. Allowed are: ${[...commands.keys()].join(', ')}.`)
  const words = command.name.split(' ')
  const args = argv.slice(words.length)
  const read = command.style === 'expression' ? readExpression(command, args) : readOptions(command, withoutFixed(command, args))

  const paths: string[] = []
  const write = (shape: Shape, value: string, what: string) => writeValue(command, shape, value, what, folders, paths)
  const given = read.given.map(({ option, value }) => ({
    option,
    value: value === undefined ? undefined : write(command.options.get(option) as Shape, value, option),
  }))
  const options = given.flatMap(({ option, value }) => {
    if (value === undefined) return [option]
    return option.startsWith('--') ? [`${option}=${value}`] : [option, value]
  })
  const [before, after] = writeOperands(command, read, write)
  const written = assemble(command, words, options, before, after)
  requireBounds(written)
  return {
    command,
    argv: written,
    options: new Map(given.map(({ option, value }) => [option, value ?? ''])),
    paths,
  }
}

/** Of what is given, and of what was written: that is longer. */
function requireBounds(argv: readonly string[]): void {
  if (argv.length > argumentsMax) refuse(`A command may have at most ${argumentsMax} arguments, each option counted by itself.`)
  if (argv.join(' ').length > charactersMax) refuse(`A command may have at most ${charactersMax} characters.`)
  if (argv.some(({ length }) => length > argumentCharactersMax)) refuse(`An argument may have at most ${argumentCharactersMax} characters.`)
}

const startsWith = (args: readonly string[], start: readonly string[]) => start.every((arg, index) => args[index] === arg)

/** Options that are always written stand there already in what was written. */
const withoutFixed = ({ fixed }: Command, args: readonly string[]) => (startsWith(args, fixed) ? args.slice(fixed.length) : args)

function assemble({ style, fixed }: Command, words: string[], options: string[], before: string[], after: string[]): string[] {
  switch (style) {
    case 'git':
      return ['git', ...gitOptions, ...words.slice(1), ...fixed, ...options, ...before, '--', ...after]
    case 'expression':
      return [...words, ...before, ...fixed, ...options]
    case 'no dashes':
      return [...words, ...fixed, ...options, ...before]
    case 'dashes':
      return [...words, ...fixed, ...options, ...(before.length > 0 ? ['--', ...before] : [])]
  }
}

/** Options as getopt_long(3) reads them, but no abbreviations and no optional values; operands may stand between them. */
function readOptions(command: Command, args: readonly string[]): Read {
  const given: Given[] = []
  const [before, after]: [string[], string[]] = [[], []]
  let isOver = false
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!
    const next = (option: string) => args[++index] ?? refuse(`${command.name} ${option} needs a value.`)
    if (isOver) after.push(arg)
    else if (arg === '--') isOver = true
    else if (arg === '-' || !arg.startsWith('-')) before.push(arg)
    else if (arg.startsWith('--')) {
      const [, option, , value] = /^(--[^=]*)(=(.*))?$/su.exec(arg)!
      if (!takesValue(command, option!)) {
        if (value !== undefined) refuse(`${command.name} ${option} takes no value.`)
        given.push({ option: option!, value: undefined })
      } else given.push({ option: option!, value: value ?? next(option!) })
    } else {
      for (let at = 1; at < arg.length; at++) {
        const option = `-${arg[at]}`
        const rest = arg.slice(at + 1)
        if (!takesValue(command, option)) given.push({ option, value: undefined })
        else {
          given.push({ option, value: rest || next(option) })
          break
        }
      }
    }
  }
  return command.style === 'git' ? { given, before, after } : { given, before: [...before, ...after], after: [] }
}

/** As find(1) reads them: paths first, then whole-word options, each with its value. */
function readExpression(command: Command, args: readonly string[]): Read {
  const start = args.findIndex((arg) => arg.startsWith('-'))
  const before = args.slice(0, start === -1 ? args.length : start)
  const rest = withoutFixed(command, args.slice(before.length))
  const given: Given[] = []
  for (let index = 0; index < rest.length; index++) {
    const option = rest[index]!
    const value = takesValue(command, option) ? (rest[++index] ?? refuse(`${command.name} ${option} needs a value.`)) : undefined
    given.push({ option, value })
  }
  return { given, before, after: [] }
}

function takesValue(command: Command, option: string): boolean {
  const shape = command.options.get(option)
  if (shape === undefined) {
    const known = [...command.options.keys()].join(' ') || 'none'
    return refuse(`${command.name} may not be used with "${option}" here. Its options are: ${known}. A value that starts with - goes after --.`)
  }
  return shape !== 'flag'
}

type Write = (shape: Shape, value: string, what: string) => string

function writeOperands(command: Command, { before, after }: Read, write: Write): [string[], string[]] {
  if (command.style === 'git') {
    const [revisions, files] = command.operands
    return [writeGroup(command, revisions, before, 'revisions', write), writeGroup(command, files, after, 'paths after --', write)]
  }
  const written: string[] = []
  let left = before
  for (const [index, operand] of command.operands.entries()) {
    const isLast = index === command.operands.length - 1
    const taken = isLast ? left : left.slice(0, operand.max)
    written.push(...writeGroup(command, operand, taken, nameOf(operand.shape), write))
    left = left.slice(taken.length)
  }
  if (left.length > 0) refuse(`${command.name} takes options only here, not "${left[0]}".`)
  return [written, []]
}

function writeGroup(command: Command, operand: Command['operands'][number] | undefined, values: string[], what: string, write: Write): string[] {
  const { min, max } = operand ?? { min: 0, max: 0 }
  if (values.length < min || values.length > max) {
    refuse(`${command.name} takes ${min === max ? min : `${min} to ${max}`} ${what} here, not ${values.length}.`)
  }
  const given = values.length === 0 && operand?.default !== undefined ? [operand.default] : values
  const written = given.map((value) => write(operand!.shape, value, what))
  // Without -- in front a program would take it for an option.
  const option = command.style === 'dashes' ? undefined : written.find((value) => value.startsWith('-'))
  return option === undefined ? written : refuse(`${command.name}: ${what} may not start with -.`)
}

function writeValue(command: Command, shape: Shape, value: string, what: string, folders: Grammar['folders'], paths: string[]): string {
  const wrong = (expected: string) => refuse(`${command.name}: ${what} must be ${expected}, not ${JSON.stringify(value)}.`)
  switch (shape.type) {
    case 'integer':
      return /^\d{1,9}$/.test(value) && Number(value) >= shape.min && Number(value) <= shape.max ? value : wrong(nameOf(shape))
    case 'choice':
      return shape.of.includes(value) ? value : wrong(nameOf(shape))
    case 'match':
      return value.length <= matchedCharactersMax && new RegExp(`^(?:${shape.pattern})$`, 'u').test(value) ? value : wrong(nameOf(shape))
    case 'text':
      if (value.length > shape.charactersMax) return wrong(nameOf(shape))
      if (shape.without !== undefined && new RegExp(shape.without, 'u').test(value)) {
        return refuse(`${command.name}: a text such as ${JSON.stringify(value)} may not be used here, because of what ${shape.without} finds in it.`)
      }
      return value
    case 'path':
      return (
        writePath(value, folders, paths) ??
        wrong(
          'a path below the workspace' +
            Object.keys(folders)
              .map((folder) => ` or ${folder}`)
              .join(''),
        )
      )
  }
}

function writePath(value: string, folders: Grammar['folders'], paths: string[]): string | undefined {
  const path = posix.resolve('/workspace', value)
  const below = (folder: string) => path === folder || path.startsWith(`${folder}/`)
  if (value === '') return undefined
  if (below('/workspace')) {
    const relative = posix.relative('/workspace', path)
    paths.push(relative || '.')
    return relative === '' ? '.' : `./${relative}`
  }
  return Object.keys(folders).some(below) ? path : undefined
}

function nameOf(shape: Shape): string {
  switch (shape.type) {
    case 'integer':
      return `a whole number from ${shape.min} to ${shape.max}`
    case 'choice':
      return `one of ${shape.of.join(', ')}`
    case 'match':
      return shape.means
    case 'text':
      return `a text of at most ${shape.charactersMax} characters`
    case 'path':
      return 'paths'
  }
}

function refuse(sentence: string): never {
  throw new AppError('invalid_request', sentence)
}

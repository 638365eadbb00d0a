import { readFileSync, realpathSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { z } from 'zod'
import { parseJson } from '#lib/parse-json.ts'
import { linesOfFaults } from '#lib/plain-issues.ts'
import { gitFolder } from './repository.ts'

/** An expression of an operator's may take a time that grows faster than what it reads. */
const searchedCharactersMax = 400

/** What one value may be. `match` is a whole match; `means` says to a person what it stands for. A text holds no match of `without`. */
const Shape = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('integer'), min: z.int().min(0), max: z.int() }),
  z.strictObject({ type: z.literal('choice'), of: z.array(z.string().min(1)).min(1) }),
  z.strictObject({ type: z.literal('match'), pattern: z.string().refine(isPattern, 'is not a regular expression'), means: z.string().min(1) }),
  z
    .strictObject({
      type: z.literal('text'),
      charactersMax: z.int().min(1).max(4000),
      without: z.string().refine(isPattern, 'is not a regular expression').optional(),
    })
    .refine(({ charactersMax, without }) => without === undefined || charactersMax <= searchedCharactersMax, {
      error: `a text with "without" may have at most ${searchedCharactersMax} characters`,
    }),
  z.strictObject({ type: z.literal('path') }),
])
export type Shape = z.infer<typeof Shape>

/** `default` is what stands there when nothing was given. */
const Operand = z.strictObject({ shape: z.string(), min: z.int().min(0), max: z.int().max(100), default: z.string().optional() })
const word = /^[a-z0-9][\w.+-]*$/i
const OptionName = z.string().regex(/^(-[A-Za-z0-9]|--?[a-z][a-z0-9-]+)$/, 'is not an option such as -n or --name')

/**
 * One command: a program, or a program and its subcommand. `style` is how its arguments are written: options, `--`, operands; for `git`
 * revisions, `--`, paths; for an `expression`, as find(1) has it, operands then options; with `no dashes` nothing between them. `fixed` are
 * options that it always gets. A command that `provides` something is answered by Jarvis itself.
 */
const Command = z.strictObject({
  does: z.string().min(1),
  style: z.enum(['dashes', 'no dashes', 'expression', 'git']).default('dashes'),
  options: z.record(OptionName, z.string()),
  operands: z.array(Operand).default([]),
  fixed: z.array(OptionName).default([]),
  writes: z.boolean().default(false),
  provides: z.literal('processes').optional(),
})

const CommandName = z
  .string()
  .refine((name) => /^\S+( \S+)?$/.test(name) && name.split(' ').every((part) => word.test(part)), 'is no program, or program and subcommand')

const CommandsFile = z.strictObject({
  shapes: z.record(z.string(), Shape).default({}),
  /** Folders of the machine that commands may read: where they see it → where it is. */
  folders: z.record(z.string(), z.string()).default({}),
  /** Null takes a command away. */
  commands: z.record(CommandName, Command.nullable()).default({}),
})
type CommandsFile = z.infer<typeof CommandsFile>

export type Command = Omit<z.infer<typeof Command>, 'options' | 'operands'> & {
  name: string
  options: ReadonlyMap<string, 'flag' | Shape>
  operands: { shape: Shape; min: number; max: number; default?: string | undefined }[]
}
export type Grammar = { commands: ReadonlyMap<string, Command>; folders: Record<string, string> }

export type GrammarOptions = {
  /** An operator's file, whose shapes, folders and commands come on top of ours and replace those of the same name. */
  file?: string | undefined
  isInstalled(program: string): boolean
  /** No command may read these, nor a folder that holds one. */
  secretFolders: string[]
}

/** What every file may use without saying what it is. */
const builtInShapes: Record<string, Shape> = { path: { type: 'path' } }
/** Where the sandbox has something of its own. */
const takenFolders = ['/usr', '/bin', '/lib', '/lib64', '/proc', '/dev', '/tmp', '/workspace', gitFolder]
const systemSecrets = ['/etc', '/root', '/home', '/proc', '/sys', '/dev', '/run', '/boot']

/** Reads the commands that may run. @throws Error whose message has one line for each fault of the operator's file */
export function readGrammar({ file, isInstalled, secretFolders }: GrammarOptions): Grammar {
  const own = parseFile(readFileSync(new URL('commands.json', import.meta.url), 'utf8'))
  const added = file === undefined ? CommandsFile.parse({}) : parseFile(readFileSync(file, 'utf8'))
  const shapes = { ...builtInShapes, ...own.shapes, ...added.shapes }
  const faults = [
    ...commandFaults(added, shapes),
    ...Object.keys(added.commands).flatMap((name) => missingProgram(name, added.commands[name]!, isInstalled)),
    ...Object.entries(added.folders).flatMap(([inside, outside]) => folderFaults(inside, outside, secretFolders)),
  ]
  if (faults.length > 0) throw new Error(faults.join('\n'))

  const commands = new Map<string, Command>()
  for (const [name, command] of Object.entries({ ...own.commands, ...added.commands })) {
    if (command === null || missingProgram(name, command, isInstalled).length > 0) continue
    const options = Object.entries(command.options).map(([option, shape]) => [option, shape === 'flag' ? 'flag' : shapes[shape]!] as const)
    const operands = command.operands.map((operand) => ({ ...operand, shape: shapes[operand.shape]! }))
    commands.set(name, { ...command, name, options: new Map(options), operands })
  }
  return { commands, folders: { ...own.folders, ...added.folders } }
}

function parseFile(text: string): CommandsFile {
  let json: unknown
  try {
    json = parseJson(text)
  } catch (cause) {
    throw new Error(`is not JSON: ${(cause as Error).message.split('\n', 1)[0]}`, { cause })
  }
  const parsed = CommandsFile.safeParse(json)
  if (parsed.success) return parsed.data
  throw new Error(linesOfFaults(parsed.error, 'the file').join('\n'))
}

function commandFaults({ commands }: CommandsFile, shapes: Record<string, Shape>): string[] {
  return Object.entries(commands).flatMap(([name, command]) => {
    if (command === null) return []
    const used = [
      ...Object.entries(command.options).flatMap(([option, shape]) => (shape === 'flag' ? [] : [{ at: `options.${option}`, shape }])),
      ...command.operands.map(({ shape }, index) => ({ at: `operands.${index}`, shape })),
    ]
    const unknown = used.filter(({ shape }) => !Object.hasOwn(shapes, shape))
    const crossed = command.operands.filter(({ min, max }) => min > max)
    return [
      ...unknown.map(({ at, shape }) => `commands.${name}.${at}: there is no shape "${shape}"`),
      ...crossed.map(() => `commands.${name}.operands: min is over max`),
      ...((command.style === 'git') !== (name.split(' ')[0] === 'git') || name === 'git'
        ? [`commands.${name}: a subcommand of git has the style git, and nothing else has`]
        : []),
      ...(command.style === 'git' && ![0, 2].includes(command.operands.length)
        ? [`commands.${name}.operands: a git command takes two, revisions and paths, or none`]
        : []),
    ]
  })
}

function missingProgram(name: string, command: CommandsFile['commands'][string], isInstalled: (program: string) => boolean): string[] {
  const program = name.split(' ')[0]!
  if (command === null || command.provides !== undefined || isInstalled(program)) return []
  return [`commands.${name}: there is no program ${program} in /usr/bin`]
}

function folderFaults(inside: string, outside: string, secretFolders: string[]): string[] {
  const isPath = (path: string) => path.startsWith('/') && path.length > 1 && posix.normalize(path) === path && !path.endsWith('/')
  const holds = (folder: string, other: string) => other === folder || other.startsWith(`${folder}/`)
  const at = `folders.${inside}`
  if (!isPath(inside) || takenFolders.some((taken) => holds(taken, inside))) return [`${at}: must be a new absolute path such as /logs/nginx`]
  if (!isPath(outside)) return [`${at}: ${outside} is not an absolute path`]
  const isFolder = statSync(outside, { throwIfNoEntry: false })?.isDirectory() ?? false
  const real = isFolder ? realpathSync(outside) : outside
  if ([...systemSecrets, ...secretFolders].some((secret) => holds(secret, real) || holds(real, secret))) {
    return [`${at}: ${outside} may hold secrets and is not shared`]
  }
  return isFolder ? [] : [`${at}: there is no folder ${outside}`]
}

/** A repetition without end of what repeats may take for ever: `(a+)+`. */
function repeatsRepetitions(source: string): boolean {
  const open: boolean[] = [false]
  const tokens = source.match(/\\.|\[(?:\\.|[^\]\\])*\]|\)(?:[*+]|\{\d+,\})|[*+{]|[()]|[^]/gu) ?? []
  for (const token of tokens) {
    const isRepeated = token.length > 1 && token.startsWith(')')
    if (token === '(') open.push(false)
    else if (token.startsWith(')')) {
      const repeats = open.pop() ?? false
      if (repeats && isRepeated) return true
      open[open.length - 1] ||= repeats || isRepeated
    } else if (token === '*' || token === '+' || token === '{') open[open.length - 1] = true
  }
  return false
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u').source !== '' && !repeatsRepetitions(source)
  } catch {
    return false
  }
}

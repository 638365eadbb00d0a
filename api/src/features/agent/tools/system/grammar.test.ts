import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Command, readGrammar, type Shape } from './grammar.ts'
import { parseCommand } from './parse.ts'

const folder = mkdtempSync(join(tmpdir(), 'grammar-'))
const options = { isInstalled: () => true, secretFolders: [join(folder, 'data')] }
const grammar = readGrammar(options)
const argvOf = (...argv: string[]) => parseCommand(grammar, argv).argv

function operatorFile(content: unknown): string {
  const file = join(folder, `${crypto.randomUUID()}.json`)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

describe('an allowed command is written anew in one unambiguous form', () => {
  test.each([
    [
      ['ls', '-la', 'src'],
      ['ls', '-l', '-a', '--', './src'],
    ],
    [
      ['head', '-n5', 'a.txt'],
      ['head', '-n', '5', '--', './a.txt'],
    ],
    [
      ['du', '--max-depth', '2', '.'],
      ['du', '--max-depth=2', '--', '.'],
    ],
    [
      ['grep', 'x', 'a', '-rn'],
      ['grep', '-r', '-n', '--', 'x', './a'],
    ],
    [['grep', '-e'], undefined],
    [
      ['grep', '--', '-e', 'log'],
      ['grep', '--', '-e', './log'],
    ],
    [
      ['cat', '--', '-n'],
      ['cat', '--', './-n'],
    ],
    [
      ['cat', '/workspace/a/../b'],
      ['cat', '--', './b'],
    ],
    [
      ['wc', '-l'],
      ['wc', '-l'],
    ],
    [
      ['df', '-h'],
      ['df', '-h', '--', '.'],
    ],
    [
      ['find', '.', '-name', '-delete'],
      ['find', '.', '-name', '-delete'],
    ],
    [
      ['find', 'a', '-type', 'f', '-size', '+1M'],
      ['find', './a', '-type', 'f', '-size', '+1M'],
    ],
    [
      ['jq', '-r', '.a', 'x.json'],
      ['jq', '-r', '.a', './x.json'],
    ],
    [
      ['date', '-u', '+%F'],
      ['date', '-u', '--', '+%F'],
    ],
    [
      ['cut', '-d', ',', '-f', '1,3-5', 'a.csv'],
      ['cut', '-d', ',', '-f', '1,3-5', '--', './a.csv'],
    ],
  ])('%j', (argv, written) => {
    if (written) expect(argvOf(...argv)).toEqual(written)
    else expect(() => argvOf(...argv)).toThrow('may not be used')
  })

  test('git: no pager, and revisions are told from paths', () => {
    const argv = argvOf('git', 'log', '--oneline', '-n', '5', 'main..topic', '--', '--output=x', ':(top)y')
    expect(argv.slice(0, 3)).toEqual(['git', '--no-pager', '--no-optional-locks'])
    expect(argv.slice(argv.indexOf('log')).join(' ')).toBe(
      'log --no-ext-diff --no-textconv --no-show-signature --ignore-submodules --oneline -n 5 main..topic -- ./--output=x ./:(top)y',
    )
  })
})

/** Values of a shape, and odd ones. */
function valueOf(shape: Shape): fc.Arbitrary<string> {
  const odd = fc.constantFrom('', '-', '--', '-n', '--x=y', '=', ' ', '-5')
  switch (shape.type) {
    case 'integer':
      return fc.integer({ min: shape.min, max: shape.max }).map(String)
    case 'choice':
      return fc.constantFrom(...shape.of)
    case 'match':
      return fc.stringMatching(new RegExp(`^(?:${shape.pattern})$`, 'u'))
    case 'text':
      return fc.oneof(fc.string({ maxLength: 20, unit: 'grapheme' }), odd)
    case 'path':
      return fc.oneof(fc.constantFrom('a', './a', 'a/../b', '/workspace/x', '.', 'a//b/', '.git/..', '/logs/site/x', 'é =x'), odd)
  }
}

/** Options in any order and each in its ways of writing, operands before, between and after them, with `--` or without. */
function argvFor({ name, options, operands, style }: Command): fc.Arbitrary<string[]> {
  const option = ([flag, shape]: [string, 'flag' | Shape]) =>
    shape === 'flag'
      ? fc.constant([flag])
      : fc
          .tuple(valueOf(shape), fc.boolean())
          .map(([value, attached]) => (attached ? [flag.startsWith('--') ? `${flag}=${value}` : flag + value] : [flag, value]))
  const given = options.size === 0 ? fc.constant([]) : fc.array(fc.oneof(...[...options].map(option)), { maxLength: 4 })
  const values = fc.tuple(...operands.map(({ shape, min, max }) => fc.array(valueOf(shape), { minLength: min, maxLength: Math.min(max, min + 2) })))
  return fc.tuple(given, values, fc.constantFrom('first', 'last', 'after --')).map(([given, values, place]) => {
    const words = name.split(' ')
    if (style === 'git') return [...words, ...given.flat(), ...(values[0] ?? []), ...(place === 'first' ? [] : ['--', ...(values[1] ?? [])])]
    if (style === 'expression' || place === 'first') return [...words, ...values.flat(), ...given.flat()]
    return [...words, ...given.flat(), ...(place === 'last' ? [] : ['--']), ...values.flat()]
  })
}

const withFixed = readGrammar({
  ...options,
  file: operatorFile({
    folders: { '/logs/site': '/usr/share' },
    commands: {
      tool: {
        does: 'x',
        options: { '-v': 'flag', '-n': 'count', '--all': 'flag' },
        fixed: ['--all', '-v'],
        operands: [{ shape: 'text', min: 0, max: 3 }],
      },
      seek: {
        does: 'x',
        style: 'expression',
        options: { '-x': 'flag', '-name': 'glob' },
        fixed: ['-x'],
        operands: [{ shape: 'path', min: 0, max: 2 }],
      },
      plain: { does: 'x', style: 'no dashes', options: { '-v': 'flag' }, fixed: ['-q', '-v'], operands: [{ shape: 'text', min: 0, max: 2 }] },
    },
  }),
})

test.each([...withFixed.commands.values()])('what was written for $name is read again as itself', (command) => {
  let accepted = 0
  const argv = fc.tuple(argvFor(command), fc.array(fc.constantFrom('--', '-', '-n', 'x', ...command.fixed), { maxLength: 1 }))
  fc.assert(
    fc.property(argv, ([argv, more]) => {
      const read = tryToRead([...argv, ...more])
      if (!read) return
      accepted++
      expect(parseCommand(withFixed, read.argv)).toEqual(read)
    }),
    { numRuns: 150 },
  )
  expect(accepted).toBeGreaterThan(10)
})

function tryToRead(argv: string[]) {
  try {
    return parseCommand(withFixed, argv)
  } catch {
    return null
  }
}

test('what would be too long once it is written is refused before anybody is asked', () => {
  for (const argv of [
    ['cat', ...Array.from({ length: 19 }, () => 'a'.repeat(420))],
    ['ls', `-${'l'.repeat(70)}`],
    ['ls', 'a'.repeat(4000)],
  ]) {
    expect(() => argvOf(...argv)).toThrow('may have at most')
  }
})

test('a refusal says what is allowed', () => {
  const refusal = (...argv: string[]) => {
    try {
      return argvOf(...argv).join(' ')
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(refusal('curl', 'http://x')).toMatch(/^"curl" is not an allowed command here\. Allowed are: df, du, /)
  expect(refusal('find', '.', '-exec', 'sh')).toMatch(/^find may not be used with "-exec" here\. Its options are: -name /)
  expect(refusal('head', '-n', '1e9', 'a')).toBe('head: -n must be a whole number from 0 to 100000, not "1e9".')
  expect(refusal('cat', '../secret')).toBe('cat: paths must be a path below the workspace, not "../secret".')
  expect(refusal('uniq', 'a', 'b')).toBe('uniq takes 0 to 1 paths here, not 2.')
  expect(refusal('jq', '--', '-n')).toContain('may not start with -')
  expect(refusal('ls', 'a\nb')).toContain('cannot be seen')
})

test("an operator's file adds shapes, folders and commands, replaces ours and takes them away", () => {
  const file = operatorFile({
    shapes: { unit: { type: 'match', pattern: '[a-z-]+\\.service', means: 'a unit' } },
    folders: { '/logs/site': '/usr/share' },
    commands: {
      seq: { does: 'counts', options: {}, operands: [{ shape: 'count', min: 1, max: 3 }] },
      cat: { does: 'prints one file', options: {}, operands: [{ shape: 'path', min: 1, max: 1 }] },
      rm: null,
    },
  })
  const extended = readGrammar({ ...options, file })
  expect(parseCommand(extended, ['seq', '1', '3']).argv).toEqual(['seq', '--', '1', '3'])
  expect(parseCommand(extended, ['cat', '/logs/site/access.log']).argv).toEqual(['cat', '--', '/logs/site/access.log'])
  expect(() => parseCommand(extended, ['cat', '-n', 'a'])).toThrow('Its options are: none')
  expect(() => parseCommand(extended, ['cat', '/logs/site/../../etc/passwd'])).toThrow('must be a path below the workspace or /logs/site')
  expect(() => parseCommand(extended, ['rm', 'a'])).toThrow('not an allowed command')
  expect(() => parseCommand(grammar, ['seq', '1'])).toThrow('not an allowed command')
})

test.each([
  ['{', 'is not JSON'],
  [{ command: {} }, 'the file: must not have the field "command"'],
  [{ commands: { '../x': { does: 'x', options: {} } } }, 'commands.../x'],
  [{ commands: { ls: { does: 'x', options: { l: 'flag' } } } }, 'commands.ls.options.l'],
  [{ commands: { ls: { does: 'x', options: { '-l': 'flags' } } } }, 'commands.ls.options.-l: there is no shape "flags"'],
  [{ commands: { ls: { does: 'x', options: {}, operands: [{ shape: 'constructor', min: 0, max: 1 }] } } }, 'there is no shape "constructor"'],
  [{ commands: { ls: { does: 'x', options: {}, operands: [{ shape: 'path', min: 2, max: 1 }] } } }, 'commands.ls.operands: min is over max'],
  [{ shapes: { x: { type: 'match', pattern: '(', means: 'x' } } }, 'shapes.x.pattern: is not a regular expression'],
  [{ folders: { '/usr/x': '/usr/share' } }, 'folders./usr/x: must be a new absolute path'],
  [{ folders: { '/logs': '/etc/nginx' } }, 'may hold secrets'],
  [{ folders: { '/logs': '/home' } }, 'may hold secrets'],
  [{ folders: { '/logs': folder } }, 'may hold secrets'],
  [{ folders: { '/logs': `${folder}/data/log` } }, 'may hold secrets'],
  [{ folders: { '/logs': '/nowhere/at/all' } }, 'there is no folder /nowhere/at/all'],
  [{ folders: { '/logs': '/usr/../etc' } }, 'is not an absolute path'],
])('a faulty file is refused: %j', (content, fault) => {
  expect(() => readGrammar({ ...options, file: operatorFile(content) })).toThrow(fault)
})

test('every fault of a file is told at once, each on its own line', () => {
  const file = operatorFile({ folders: { '/logs': '/etc' }, commands: { nope: { does: 'x', options: { '-x': 'y' } } } })
  expect(() => readGrammar({ ...options, isInstalled: (program) => program !== 'nope', file })).toThrow(
    [
      'commands.nope.options.-x: there is no shape "y"',
      'commands.nope: there is no program nope in /usr/bin',
      'folders./logs: /etc may hold secrets and is not shared',
    ].join('\n'),
  )
})

test('a command of ours whose program is not installed is not offered', () => {
  expect(readGrammar({ ...options, isInstalled: (program) => program !== 'jq' }).commands.has('jq')).toBe(false)
})

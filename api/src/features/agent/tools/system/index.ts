import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { defineTool, type Tool } from '#features/agent/tool.ts'
import { listProcesses, type ProcessEntry, type Sandbox, type SandboxResult } from '#ports/sandbox/index.ts'
import type { Grammar } from './grammar.ts'
import { parseCommand } from './parse.ts'
import { openRepository } from './repository.ts'

export { readGrammar } from './grammar.ts'

const inputCharactersMax = 20_000
const processesMax = 200

/**
 * Commands of the grammar, in a sandbox that holds without it. `asks` always speaks, so no policy and no standing approval runs one: a person
 * confirms each, and sees the argv that runs, for the arguments of an admitted call are the ones that the grammar wrote.
 */
export function systemCommand(sandbox: Sandbox, grammar: Grammar): Tool {
  // Part of the schema, so that nobody is asked to approve what would be refused, and what is approved is what runs.
  const argv = z
    .array(z.string())
    .min(1)
    .transform((given, context) => {
      try {
        return parseCommand(grammar, given).argv
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        context.addIssue({ code: 'custom', message: error.message })
        return z.NEVER
      }
    })
  return defineTool({
    name: 'system_command',
    title: 'System command',
    description: describe(grammar),
    args: z.strictObject({
      argv: argv.describe('The program and its arguments, one string each, e.g. ["grep", "-n", "error", "app.log"]'),
      input: z.string().max(inputCharactersMax).optional().describe('Text for the standard input of the command'),
    }),
    risk: 'act',
    roles: ['admin', 'enterprise'],
    plans: ['enterprise'],
    timeoutSeconds: 15,
    outputCharactersMax: 20_000,
    untrusted: true,
    // The sandbox has no network.
    leaves: 'nothing',
    asks: ({ argv }) => {
      const { command } = parseCommand(grammar, argv)
      if (command.provides) return 'Runs on the server.'
      return command.writes
        ? 'Runs on the server, in your workspace and without network, and may change your files there.'
        : 'Runs on the server, in your workspace and without network.'
    },
    async execute({ argv, input }, { caller, signal }) {
      const parsed = parseCommand(grammar, argv)
      if (parsed.command.provides === 'processes') return { content: processTable(await listProcesses(), parsed.options.get('--sort') ?? 'cpu') }
      for (const path of parsed.paths) {
        if (!(await sandbox.contains(caller.userId, path))) throw new AppError('forbidden', `"${path}" leads out of the workspace.`)
      }
      const isGit = parsed.argv[0] === 'git'
      const result = await sandbox.run({
        argv: isGit ? ['/usr/bin/git', ...parsed.argv.slice(1)] : parsed.argv,
        owner: caller.userId,
        writes: parsed.command.writes,
        folders: grammar.folders,
        signal,
        ...(isGit && (await openRepository(sandbox, { owner: caller.userId, signal }))),
        ...(input !== undefined && { input }),
      })
      return { content: report(result) }
    },
  })
}

function describe({ commands, folders }: Grammar): string {
  const names = [...commands.values()].map(({ name, does }) => `${name} (${does})`).join(', ')
  return [
    'Runs one command of a fixed list on the server, in the private workspace of this person: no shell, so no pipes, variables, wildcards or redirects.',
    'The person confirms every call. Paths are relative to the workspace.',
    ...(Object.keys(folders).length > 0 ? [`Readable too: ${Object.keys(folders).join(', ')}.`] : []),
    `Commands: ${names}. Only their common options are allowed; a refusal names them.`,
  ].join(' ')
}

function report({ exitCode, output, cut, timedOut }: SandboxResult): string {
  const ending = timedOut ? 'It took too long and was stopped.' : exitCode === null ? 'It was stopped.' : `Exit code ${exitCode}.`
  return `${ending}${cut ? ' Its output was longer; this is the beginning.' : ''}\n\n${readable(output)}`
}

/** Bytes that are no UTF-8, and control characters that a terminal would obey, become U+FFFD. */
const readable = (output: Buffer) => output.toString('utf8').replace(/[^\P{Cc}\n\t]/gu, '\u{FFFD}')

const orders: Record<string, (a: ProcessEntry, b: ProcessEntry) => number> = {
  cpu: (a, b) => b.cpuSeconds - a.cpuSeconds,
  memory: (a, b) => b.residentBytes - a.residentBytes,
  name: (a, b) => a.name.localeCompare(b.name),
}

function processTable(processes: ProcessEntry[], order: string): string {
  const rows = processes.toSorted(orders[order]).slice(0, processesMax)
  const lines = rows.map(({ id, state, cpuSeconds, residentBytes, name }) => {
    const megabytes = (residentBytes / 1024 / 1024).toFixed(1)
    return `${String(id).padStart(8)}  ${state}  ${cpuSeconds.toFixed(1).padStart(9)}  ${megabytes.padStart(9)}  ${readable(Buffer.from(name))}`
  })
  return [`${processes.length} processes, by ${order}.`, '', '     PID  S  CPU s      RSS MiB    NAME', ...lines].join('\n')
}

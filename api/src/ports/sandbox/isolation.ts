import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { AppError } from '#lib/app-error.ts'
import { sayError } from '#lib/describe-error.ts'
import type { Log } from '#lib/log.ts'
import { sandboxArguments } from './bubblewrap.ts'
import { reasonOf, runBubblewrap } from './run-bubblewrap.ts'

export type IsolatedRun = {
  /** A file of ours that Node runs, with its arguments. It may read its own folder and these, and nothing else. */
  program: string
  args?: string[]
  reads?: string[]
  /** It loads libraries of machine code, which the limits bound like everything else. */
  loadsAddons?: boolean
  input: Buffer
  /** Files that it opens by name: they are called 0, 1 … in the folder that its last argument names, and are there for this run alone. */
  files?: Buffer[]
  timeoutMs: number
  cpuSecondsMax: number
  heapMegabytesMax: number
  /** Of all that it allocates, whatever for. */
  dataBytesMax: number
  outputBytesMax: number
  signal: AbortSignal
}

/**
 * Programs of ours that read what strangers made, each as a process of its own, which a hostile file may keep busy, fill or even take over: no
 * environment of ours, limits on time, memory and output, its own files to read and none to write. Where bubblewrap works it has no network
 * and sees nothing of this machine, either.
 */
export interface Isolation {
  /** What the program printed; null when it did not end well: killed, out of memory, failed. @throws the signal's reason */
  run(request: IsolatedRun): Promise<Buffer | null>
}

const prlimit = '/usr/bin/prlimit'
const trialMs = 10_000

export function createIsolation({ log, findFault = bubblewrapFault }: { log: Log; findFault?: typeof bubblewrapFault }): Isolation {
  let tried: Promise<string | null> | undefined
  // Once, when it is first needed.
  const fault = () =>
    (tried ??= findFault().then((reason) => {
      if (reason !== null) log.warn({ reason }, 'files of strangers are read without bubblewrap: the reader could reach the network')
      return reason
    }))
  return {
    async run(request) {
      const { signal, timeoutMs } = request
      signal.throwIfAborted()
      const isSandboxed = (await fault()) === null
      const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const printed = isSandboxed ? await runInside(request, stop) : await runOutside(request, stop)
      signal.throwIfAborted()
      return printed
    },
  }
}

/** The paths are the same inside, so that the program is started by the same words. */
async function runInside(request: IsolatedRun, stop: AbortSignal): Promise<Buffer | null> {
  const { reads = [], input, files: given = [], outputBytesMax } = request
  const folders = Object.fromEntries([realpathSync(process.execPath), dirname(request.program), ...reads].map((path) => [path, path]))
  const files = Object.fromEntries(given.map((_, at) => [`${filesInside}/${at}`, '']))
  const argv = nodeArguments(given.length > 0 ? withFiles(request, filesInside) : request)
  const args = await sandboxArguments({ argv, limits: limitsOf(request), folders, files })
  const result = await runBubblewrap(args, { input, files: given, outputBytesMax, stop })
  return result.exitCode === 0 ? Buffer.from(result.stdout) : null
}

const filesInside = '/given'
const withFiles = (request: IsolatedRun, folder: string): IsolatedRun => ({
  ...request,
  args: [...(request.args ?? []), folder],
  reads: [...(request.reads ?? []), folder],
})

async function runOutside(request: IsolatedRun, stop: AbortSignal): Promise<Buffer | null> {
  const { files = [] } = request
  if (files.length === 0) return await runBare(request, stop)
  const folder = await mkdtemp(join(tmpdir(), 'jarvis-'))
  try {
    await Promise.all(files.map((bytes, at) => writeFile(join(folder, String(at)), bytes, { mode: 0o600 })))
    return await runBare(withFiles(request, folder), stop)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function runBare({ reads = [], ...request }: IsolatedRun, stop: AbortSignal): Promise<Buffer | null> {
  const node = nodeArguments({ ...request, reads })
  const [command, ...args] = existsSync(prlimit) ? [prlimit, ...limitsOf(request), '--', ...node] : node
  const child = spawn(command!, args, { env: { LANG: 'C.UTF-8' }, cwd: '/', stdio: ['pipe', 'pipe', 'ignore'], signal: stop, killSignal: 'SIGKILL' })
  const printed: Buffer[] = []
  let size = 0
  child.stdout.on('data', (part: Buffer) => {
    size += part.length
    if (size > request.outputBytesMax) child.kill('SIGKILL')
    else printed.push(part)
  })
  // It may die before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(request.input)
  return new Promise((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', (code) => resolve(code === 0 ? Buffer.concat(printed) : null))
  })
}

const nodeArguments = ({ program, args = [], reads = [], loadsAddons = false, heapMegabytesMax }: IsolatedRun) => [
  realpathSync(process.execPath),
  `--max-old-space-size=${heapMegabytesMax}`,
  '--permission',
  ...(loadsAddons ? ['--allow-addons'] : []),
  ...[dirname(program), ...reads].map((folder) => `--allow-fs-read=${folder}/*`),
  program,
  ...args,
]

const limitsOf = ({ cpuSecondsMax, dataBytesMax }: IsolatedRun) => [
  `--cpu=${cpuSecondsMax}`,
  `--data=${dataBytesMax}`,
  '--fsize=0',
  '--nofile=256',
  '--core=0',
]

/** Null where it can isolate a program here; otherwise what is in its way. */
export async function bubblewrapFault(): Promise<string | null> {
  const node = realpathSync(process.execPath)
  try {
    const args = await sandboxArguments({ argv: [node, '--version'], limits: ['--core=0'], folders: { [node]: node } })
    const { exitCode, stderr } = await runBubblewrap(args, { outputBytesMax: 4096, stop: AbortSignal.timeout(trialMs) })
    return exitCode === 0 ? null : `bubblewrap cannot make a sandbox here: ${reasonOf(stderr)}`
  } catch (error) {
    return error instanceof AppError ? error.message : sayError(error)
  }
}

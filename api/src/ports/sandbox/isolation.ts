import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
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
async function runInside({ reads = [], ...request }: IsolatedRun, stop: AbortSignal): Promise<Buffer | null> {
  const folders = Object.fromEntries([realpathSync(process.execPath), dirname(request.program), ...reads].map((path) => [path, path]))
  const args = await sandboxArguments({ argv: nodeArguments({ ...request, reads }), limits: limitsOf(request), folders })
  const { input, outputBytesMax } = request
  const result = await runBubblewrap(args, { input, outputBytesMax, stop })
  return result.exitCode === 0 ? Buffer.from(result.stdout) : null
}

function runOutside({ reads = [], ...request }: IsolatedRun, stop: AbortSignal): Promise<Buffer | null> {
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

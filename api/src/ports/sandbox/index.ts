import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, readdir, realpath, rm, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { AppError } from '#lib/app-error.ts'
import { createSemaphore } from '#lib/semaphore.ts'
import { makeDataFolder } from '#ports/children/data-folder.ts'
import { sandboxArguments, sandboxUserId } from './bubblewrap.ts'
import { reasonOf, runBubblewrap } from './run-bubblewrap.ts'

export { bubblewrapFault, createIsolation, type Isolation } from './isolation.ts'
export { listProcesses, type ProcessEntry } from './processes.ts'

export type SandboxRequest = {
  argv: readonly string[]
  /** Whose workspace it sees as /workspace, the only folder of this machine besides the system's programs. */
  owner: string
  /** Whether it may change its workspace; read-only otherwise. */
  writes?: boolean
  /** Further folders of this machine, read-only, by where the command sees them. */
  folders?: Record<string, string>
  /** Small files that are made for this run, read-only: where the command sees them → what is in them. */
  files?: Record<string, string>
  /** Links that are made for this run: where the command sees them → where they lead, inside. */
  links?: Record<string, string>
  environment?: Record<string, string>
  input?: string
  signal?: AbortSignal
  timeoutMs?: number
}
/** `exitCode` is null when the command was killed. `output` is what it printed, in order, up to the limit. */
export type SandboxResult = { exitCode: number | null; output: Buffer; cut: boolean; timedOut: boolean }

export interface Sandbox {
  /**
   * Runs one argv without a shell: no network, none of our environment, no other process in sight, limits on time, memory, processes, file
   * size and output. However it ends, nothing that it started is left.
   * @throws `overloaded` when too many wait, `conflict` when the workspace is full; the signal's reason when it aborts
   */
  run(request: SandboxRequest): Promise<SandboxResult>
  /** Whether a program of this name is there to be run. */
  has(program: string): boolean
  /** Where a path of the workspace leads, links followed: false when that is outside of it. A path that is not there stays inside. */
  contains(owner: string, path: string): Promise<boolean>
  /** Removes a workspace with all that is in it. */
  remove(owner: string): Promise<void>
  /** Removes the workspaces on this machine that are none of these owners', and are older than the grace. Returns how many. */
  sweep(owners: AsyncIterable<string>, graceMs: number): Promise<number>
}

const outputBytesMax = 64 * 1024
const megabyte = 1024 * 1024
const workspaceBytesMax = 256 * megabyte
const commandLimits = [`--as=${512 * megabyte}`, '--cpu=10', '--nproc=64', `--fsize=${16 * megabyte}`, '--nofile=256', '--core=0']
/** Each takes a process tree of its own; more wait. */
const [commandsAtOnce, commandsWaiting] = [4, 32]

/** Bubblewrap, tried once before it is promised. @throws `unavailable` when it is missing or may not make a sandbox here */
export async function openSandbox({ dataDir, commandMs = 10_000 }: { dataDir: string; commandMs?: number }): Promise<Sandbox> {
  const inTurn = createSemaphore(commandsAtOnce, commandsWaiting, 'overloaded.commands')
  const workspaces = await makeDataFolder(join(dataDir, 'workspaces'))
  // An owner's name never becomes a path.
  const folderOf = (owner: string) => join(workspaces, createHash('sha256').update(owner).digest('hex').slice(0, 32))

  async function makeWorkspace(owner: string): Promise<string> {
    const folder = await makeDataFolder(folderOf(owner))
    if (process.getuid?.() === 0) await chown(folder, sandboxUserId, sandboxUserId)
    await chmod(folder, 0o700)
    return folder
  }

  async function execute(request: SandboxRequest): Promise<SandboxResult> {
    request.signal?.throwIfAborted()
    const workspace = await makeWorkspace(request.owner)
    const timeout = AbortSignal.timeout(request.timeoutMs ?? commandMs)
    const stop = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
    const files = Object.values(request.files ?? {}).map((text) => Buffer.from(text))
    const args = sandboxArguments({ ...request, limits: commandLimits, workspace: { folder: workspace, writes: request.writes ?? false } })
    const input = request.input === undefined ? {} : { input: Buffer.from(request.input) }
    const result = await runBubblewrap(await args, { ...input, files, outputBytesMax, stop })
    request.signal?.throwIfAborted()
    const exitCode = result.exitCode ?? null
    return { exitCode, output: Buffer.from(result.all ?? []), cut: result.isMaxBuffer, timedOut: exitCode === null && timeout.aborted }
  }

  async function requireRoom(request: SandboxRequest): Promise<void> {
    const { output } = await execute({ argv: ['du', '-sb', '/workspace'], owner: request.owner, ...(request.signal && { signal: request.signal }) })
    if (Number.parseInt(output.toString(), 10) <= workspaceBytesMax) return
    throw new AppError('conflict', `The workspace holds more than ${workspaceBytesMax / megabyte} MiB. Remove files before you add more.`)
  }

  const sandbox: Sandbox = {
    run: (request) =>
      inTurn(async () => {
        if (request.writes) await requireRoom(request)
        return await execute(request)
      }),
    has: (program) => ['/usr/bin', '/bin'].some((folder) => existsSync(join(folder, program))),
    async contains(owner, path) {
      const workspace = await makeWorkspace(owner)
      const target = await realpath(join(workspace, path)).catch(() => workspace)
      return target === workspace || target.startsWith(workspace + sep)
    },
    remove: (owner) => rm(folderOf(owner), { recursive: true, force: true }),
    async sweep(owners, graceMs) {
      // Listed first: an owner who comes meanwhile is not in the list.
      const unowned = new Set(await readdir(workspaces))
      for await (const owner of owners) unowned.delete(basename(folderOf(owner)))
      let removed = 0
      for (const name of unowned) {
        const folder = join(workspaces, name)
        const { mtimeMs } = await stat(folder)
        if (Date.now() - mtimeMs < graceMs) continue
        await rm(folder, { recursive: true, force: true })
        removed++
      }
      return removed
    },
  }
  await requireWorking(sandbox)
  return sandbox
}

async function requireWorking(sandbox: Sandbox): Promise<void> {
  const trial = await sandbox.run({ argv: ['true'], owner: 'trial' })
  await sandbox.remove('trial')
  if (trial.exitCode === 0) return
  throw new AppError('unavailable', `bubblewrap cannot make a sandbox here (${reasonOf(trial.output)}); allow unprivileged user namespaces.`)
}

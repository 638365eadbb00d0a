import { AppError } from '#lib/app-error.ts'
import { signalProcess } from '#ports/children/process-id.ts'

/** Killed when it prints more than `outputBytesMax`, on either stream. */
export type BubblewrapRun = { input?: Buffer; files?: Buffer[]; outputBytesMax: number; stop: AbortSignal }

/** Runs bwrap(1) once. When `stop` aborts it ends at once, and nothing that it started is left. @throws unavailable when it is not installed */
export async function runBubblewrap(args: string[], { input, files = [], outputBytesMax, stop }: BubblewrapRun) {
  // A hundred modules, for who runs something.
  const { execa } = await import('execa')
  const child = execa('bwrap', args, {
    stdio: [input ?? 'ignore', 'pipe', 'pipe', ...files],
    extendEnv: false,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    encoding: 'buffer',
    all: true,
    maxBuffer: outputBytesMax,
    reject: false,
    stripFinalNewline: false,
    // A session and a group of its own, which bubblewrap's first process never leaves, as it would with --new-session.
    detached: true,
    killSignal: 'SIGKILL',
  })
  // The first process takes its pid namespace along. It also asks to die with its parent, but not before it is some way up.
  const kill = () => child.pid !== undefined && signalProcess(-child.pid, 'SIGKILL')
  stop.addEventListener('abort', kill, { once: true })
  if (stop.aborted) kill()
  const result = await child.finally(() => stop.removeEventListener('abort', kill))
  // It never started: bwrap is not there, or may not be run.
  if (child.pid === undefined) throw new AppError('unavailable', 'bubblewrap is not installed; install it (apt-get install bubblewrap).')
  return result
}

/** What bubblewrap itself says when it cannot make a sandbox. */
export const reasonOf = (output: Uint8Array | undefined) =>
  Buffer.from(output ?? [])
    .toString()
    .trim()
    .split('\n')
    .at(-1) ?? ''

import { readFileSync } from 'node:fs'
import { readdir, readlink } from 'node:fs/promises'

/** The command line of a live process; undefined when it is gone, a zombie, or not to be seen. */
export function commandLine(pid: number): string[] | undefined {
  const line = readProc(pid, 'cmdline')
  return line ? line.split('\0').slice(0, -1) : undefined
}

/** Tells a process from a later one with the same number: pids repeat, above all in containers. */
export function startTime(pid: number): string | undefined {
  // Field 22 of proc_pid_stat(5); the name in parentheses may hold spaces and parentheses itself.
  return readProc(pid, 'stat')?.split(')').at(-1)?.split(' ')[20]
}

/** Sends a signal; a process that is already gone is as good. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The processes whose working directory this is. */
export async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger)
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)))
  return pids.filter((_, index) => folders[index] === folder)
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

import { readdir, readFile } from 'node:fs/promises'

export type ProcessEntry = { id: number; name: string; state: string; cpuSeconds: number; residentBytes: number }

/** USER_HZ, which proc_pid_stat(5) counts in; 100 on every platform that Node runs on. */
const ticksPerSecond = 100
const pageBytes = 4096

/** The machine's processes as far as this one sees them: their names, never their arguments or environment, which may hold secrets. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const entries = await Promise.all(ids.map((id) => readFile(`/proc/${id}/stat`, 'utf8').then(toEntry, () => undefined)))
  return entries.filter((entry) => entry !== undefined)
}

function toEntry(stat: string): ProcessEntry {
  // The name in parentheses may hold spaces and parentheses itself.
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')]
  const fields = stat.slice(close + 2).split(' ')
  return {
    id: Number(stat.slice(0, open)),
    name: stat.slice(open + 1, close),
    state: fields[0]!,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    residentBytes: Number(fields[21]) * pageBytes,
  }
}

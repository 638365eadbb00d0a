import { readdir, readFile } from 'node:fs/promises'

export type TreeReading = { processorMs: number; bytes: number }
export type Split = { product: TreeReading; engines: TreeReading }
type Row = { pid: number; parent: number; command: string }

const isEngine = /postgres|chromadb|redis-server/

/**
 * Processor and memory of a process and all below it; PostgreSQL, Chroma and Redis apart from the rest. Memory is
 * proportional (PSS), so that what processes share counts once.
 */
export async function readTree(root: number): Promise<Split> {
  const rows = await allProcesses()
  const split: Split = { product: { processorMs: 0, bytes: 0 }, engines: { processorMs: 0, bytes: 0 } }
  const add = async (row: Row, side: keyof Split): Promise<void> => {
    split[side].processorMs += await processorMs(row.pid)
    split[side].bytes += await proportionalBytes(row.pid)
    for (const child of rows.filter(({ parent }) => parent === row.pid))
      await add(child, side === 'engines' || isEngine.test(child.command) ? 'engines' : 'product')
  }
  const start = rows.find(({ pid }) => pid === root)
  if (!start) throw new Error(`there is no process ${root}`)
  await add(start, 'product')
  return split
}

async function allProcesses(): Promise<Row[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const rows = await Promise.all(pids.map((pid) => readProcess(pid).catch(() => null)))
  return rows.filter((row) => row !== null)
}

/** proc_pid_stat(5): the parent is the second field after the name in brackets. */
async function readProcess(pid: string): Promise<Row> {
  const [stat, command] = await Promise.all([readFile(`/proc/${pid}/stat`, 'latin1'), readFile(`/proc/${pid}/cmdline`, 'latin1')])
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid: Number(pid), parent: Number(fields[1]), command }
}

/** Time on a core, by the scheduler's own clock: what runs for less than a tick of the machine counts too. Threads that ended are not in it. */
async function processorMs(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const times = await Promise.all(
    threads.map(async (thread) => Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').catch(() => '0')).split(' ')[0])),
  )
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6
}

async function proportionalBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
}

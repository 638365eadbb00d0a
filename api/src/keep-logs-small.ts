import { copyFileSync, renameSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

const bytesMax = 16 * 1024 * 1024
const older = 3
const everyMs = 60_000

/** The logs that this installation writes into files: `npm start` on a terminal its own, and each embedded engine. */
const logsOf = (dataDir: string) => [join(dataDir, 'jarvis.log'), join(dataDir, 'postgres/log'), join(dataDir, 'chroma/log')]

/** Looks each minute whether a log has outgrown its bound. Of one process: two would copy at once. */
export function keepLogsSmall(dataDir: string): void {
  const rotateAll = () => logsOf(dataDir).forEach((file) => rotate(file))
  rotateAll()
  setInterval(rotateAll, everyMs).unref()
}

/**
 * Past the bound a log moves on to `.1`, `.1` to `.2` and so on, and the last one goes. It is copied and emptied, as logrotate's copytruncate
 * does: who writes has it open, and goes on at its new end. Lines of the moment between are lost.
 */
export function rotate(file: string, limits = { bytesMax, older }): void {
  try {
    if (statSync(file).size <= limits.bytesMax) return
    for (let age = limits.older; age > 1; age--) {
      try {
        renameSync(`${file}.${age - 1}`, `${file}.${age}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    copyFileSync(file, `${file}.1`)
    truncateSync(file)
  } catch {
    // No file, or a disk that is full: a log must not end the server that writes it.
  }
}

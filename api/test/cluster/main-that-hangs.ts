import { setTimeout as wait } from 'node:timers/promises'
import { createApp } from '#app.ts'
import { readConfig } from '#config.ts'
import { noteTool } from '../probe-tools.ts'

/** Jarvis as a process with a tool that computes past the lease of its run, again and again, until it is told to stop. */
const hangMs = 9_000
/** However many others share the processor. */
const computedMs = 5_000
const hangsMax = 20
const tool = noteTool([], {
  risk: 'read',
  timeoutSeconds: 600,
  execute: async (_args, { signal }) => {
    for (let hangs = 0; hangs < hangsMax && !signal.aborted; hangs++) {
      const until = performance.now() + hangMs
      const before = process.threadCpuUsage()
      const computed = () => (({ user, system }) => (user + system) / 1000)(process.threadCpuUsage(before))
      while (performance.now() < until || computed() < computedMs);
      await wait(100)
    }
    signal.throwIfAborted()
    return { content: 'It did not hang.' }
  },
})
const app = await createApp(readConfig(), { furtherTools: [tool] })
await app.listen()
process.stderr.write('Jarvis is ready\n')

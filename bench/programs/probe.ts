/** Loaded into every measured process by `--import`: tells what the operating system says of it, and collects garbage when asked. */
export type Reading = { processorMs: number; rssBytes: number; heapBytes: number }
export type Probe = { probe: number; collect: boolean }

process.on('message', (message: Probe) => {
  if (typeof message?.probe !== 'number') return
  if (message.collect) for (let round = 0; round < 3; round++) global.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const reading: Reading = { processorMs: (user + system) / 1000, rssBytes: rss, heapBytes: heapUsed + external }
  process.send!({ probe: message.probe, reading })
})
// It must not keep a program alive that has nothing else to do.
process.channel?.unref()

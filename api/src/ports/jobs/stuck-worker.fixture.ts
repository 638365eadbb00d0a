import { openJobs, type JobsOptions } from './bullmq.ts'

// The process that jobs.test.ts kills: it takes one job, says so and never finishes it.
const store = JSON.parse(process.argv[2]!) as JobsOptions
const jobs = await openJobs({ ...store, lockMs: 1000 })
jobs.work('survivor', async () => {
  process.send?.('started')
  await new Promise(() => {})
})

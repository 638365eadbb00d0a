import { openDatabase } from '#ports/database/index.ts'
import { openJobs, type JobsOptions } from './bullmq.ts'

// The process that jobs.test.ts kills: it takes one job, says so and never finishes it.
const { url, ...places } = JSON.parse(process.argv[2]!) as Omit<JobsOptions, 'db'> & { url: string }
const { db } = await openDatabase({ url, dataDir: '/nowhere' })
const jobs = await openJobs({ ...places, db, lockMs: 1000 })
jobs.work('survivor', async () => {
  process.send?.('started')
  await new Promise(() => {})
})

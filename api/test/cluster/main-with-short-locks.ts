import { createApp } from '#app.ts'
import { readConfig } from '#config.ts'
import { openDatabase } from '#ports/database/index.ts'
import { openJobs } from '#ports/jobs/bullmq.ts'

/** Jarvis as a process whose jobs are given to another soon after it falls silent. */
const config = readConfig()
const { db } = await openDatabase({ url: config.databaseUrl!, dataDir: config.dataDir })
const jobs = await openJobs({ redisUrl: config.redisUrl, db, lockMs: 2000 })
const app = await createApp(config, { replace: { jobs } })
await app.listen()
process.stderr.write('Jarvis is ready\n')

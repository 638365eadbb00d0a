import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { createApp } from '#app.ts'
import { readConfig } from '#config.ts'
import { noteTool } from '../probe-tools.ts'

/** Jarvis as a process with a tool that acts: each note becomes a row, some time after the call began and some time before it ends. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 })
pool.on('error', () => {})
const actMs = 40
const tool = noteTool([], {
  execute: async (args) => {
    const { text } = args as { text: string }
    await wait(actMs)
    await pool.query('insert into effects (text) values ($1)', [text])
    await wait(actMs)
    return { content: `sent: ${text}` }
  },
})
const app = await createApp(readConfig(), { furtherTools: [tool] })
await app.listen()
process.stderr.write('Jarvis is ready\n')

import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const busyMsMax = 20_000

const database = new DatabaseSync(workerData as string, { timeout: busyMsMax })
database.exec('pragma secure_delete = on')
// A deleted text stays in the full-text index, in pieces, until its parts are merged.
database.exec(`insert into embedding_fulltext_search (embedding_fulltext_search) values ('optimize')`)
database.exec('vacuum')
const segments = database.prepare('select id from segments').all() as { id: string }[]
database.close()
const port = parentPort!
port.postMessage({ segments: segments.map(({ id }) => id) })

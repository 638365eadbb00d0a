import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const busyMsMax = 20_000

const database = new DatabaseSync(workerData as string, { timeout: busyMsMax })
database.exec('pragma secure_delete = on')
// Chroma's own log keeps each text until the vectors are written out, a thousand later. For these it needs no texts, and the others have read it
// up to their `max_seq_id`: of what was replaced or deleted since, the text goes.
database.exec(`
  update embeddings_queue set metadata = null where metadata is not null and exists (
    select 1 from segments s join max_seq_id m on m.segment_id = s.id
    where s.scope = 'METADATA' and embeddings_queue.topic like '%/' || s.collection and embeddings_queue.seq_id <= m.seq_id
      and not exists (
        select 1 from embeddings e
        where e.segment_id = s.id and e.embedding_id = embeddings_queue.id and e.seq_id = embeddings_queue.seq_id))`)
// A deleted text stays in the full-text index, in pieces, until its parts are merged.
database.exec(`insert into embedding_fulltext_search (embedding_fulltext_search) values ('optimize')`)
database.exec('vacuum')
const changedAt = statSync(workerData as string).mtime
const segments = database.prepare('select id from segments').all() as { id: string }[]
database.close()
const port = parentPort!
port.postMessage({ segments: segments.map(({ id }) => id), changedAt })

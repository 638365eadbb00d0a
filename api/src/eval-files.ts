import { createReadStream, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { extname, join } from 'node:path'
import { z } from 'zod'
import { type Answered, type Files, filesFigures, type Found, foundMax } from '#features/files/index.ts'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'

// How well the right page is found in a library of documents that other programs made, with questions whose pages are known.

/** A question names the page where its answer stands or, in formats that have none, the heading over it. */
const Question = z.object({ question: z.string(), answer: z.string(), page: z.int().optional(), heading: z.string().optional() })
const Document = z.object({ file: z.string(), language: z.string(), program: z.string(), questions: z.array(Question) })
type Question = z.infer<typeof Question>
type Document = z.infer<typeof Document>

type Reading = Pick<Files, 'receive' | 'get' | 'search'>
type Asked = { files: Reading; ownerId: string; folder: string; documents: readonly Document[] }

const pollMs = 250
const readMsMax = 600_000

export const documentsOf = (folder: string): Document[] => z.array(Document).parse(JSON.parse(readFileSync(join(folder, 'questions.json'), 'utf8')))

/** Has each document read by the installation, then puts each question to all of them together. @throws for a document that is not read */
export async function askLibrary({ files, ownerId, folder, documents }: Asked): Promise<Answered[]> {
  const { signal } = new AbortController()
  const ids = new Map<string, string>()
  for (const { file } of documents) {
    const content = createReadStream(join(folder, file))
    // A name that says nothing of what is in it.
    const { id } = await files.receive({ owner: { id: ownerId, plan: 'enterprise' }, name: file, content, signal })
    ids.set(file, id)
  }
  for (const [file, id] of ids) await read(files, ownerId, file, id)
  const answered: Answered[] = []
  for (const { file, language, program, questions } of documents) {
    for (const question of questions) {
      const found = await files.search(ownerId, [...ids.values()], question.question, foundMax)
      const at = found.findIndex((one) => one.fileId === ids.get(file) && isRight(one, question))
      const format = program === 'scan' ? 'scan' : extname(file).slice(1)
      answered.push({ file, language, format, question: question.question, rank: at === -1 ? null : at + 1 })
    }
  }
  return answered
}

const isRight = ({ page, heading, text }: Found, wanted: Question) =>
  wanted.page === undefined ? heading === wanted.heading || text.includes(wanted.answer) : page === wanted.page

async function read(files: Reading, ownerId: string, file: string, id: string): Promise<void> {
  for (const since = performance.now(); performance.now() - since < readMsMax; await wait(pollMs)) {
    const { status, error } = await files.get(ownerId, id)
    if (status === 'ready') return
    if (status === 'failed') throw new Error(`${file} was not read: ${error?.detail}`)
  }
  throw new Error(`${file} was not read in time.`)
}

/** Prints the figures of a folder of documents, read by an installation of its own that is removed afterwards. */
export async function printFilesEval(folder: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-eval-'))
  try {
    await using app = await createApp(readConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'error' }))
    const owner = await app.accounts.createUser({ email: 'reader@example.org', name: 'Reader', password: crypto.randomUUID() }, 'user')
    const documents = documentsOf(folder)
    const answered = await askLibrary({ files: app.files, ownerId: owner.id, folder, documents })
    const head = `files in ${folder}: ${documents.length} documents, ${answered.length} questions put to all of them at once`
    process.stdout.write(`${head}\n${filesFigures(answered)}\n`)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

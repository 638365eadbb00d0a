import { fromBufferPromise } from 'yauzl'
import { fromChatGpt, isChatGpt } from './chatgpt.ts'
import { type Found, type Json, type Skipped, isJson, listIn } from './found.ts'
import { foldersIn, fromJarvis, isJarvis } from './jarvis.ts'
import { fromLibreChat, isLibreChat } from './librechat.ts'
import { fromOpenWebUi, isOpenWebUi } from './open-webui.ts'

// A program of its own: an export comes in, and out come lines of JSON: each conversation, and at last what was found. It imports nothing of
// ours but what is beside it.

const inflatedBytesMax = 128 * 1024 * 1024
const entriesMax = 50_000
const conversationsMax = 50_000
const messagesMax = 20_000
const textMax = 1_000_000

export type Summary = { summary: { kind: string | null; conversations: number; skipped: Partial<Record<Skipped, number>> } }
export type Fault = { fault: 'too_large' | 'broken' }
class TooLarge extends Error {}

const skipped: Partial<Record<Skipped, number>> = {}
const skip = (what: Skipped, count = 1) => void (skipped[what] = (skipped[what] ?? 0) + count)
let kind: string | null = null
let count = 0

/** What the database holds and gives back as it is. */
const clean = (text: string) => text.toWellFormed().replaceAll('\u0000', '')

function put(found: Found): void {
  if (++count > conversationsMax) throw new TooLarge()
  const messages = found.messages.filter(({ text }) => text.length <= textMax || skip('long_messages'))
  if (messages.length === 0 || messages.length > messagesMax || found.id === '') return skip('conversations')
  const kept: Found = {
    ...found,
    title: clean(found.title).trim().slice(0, 200).toWellFormed(),
    folder: found.folder === null ? null : clean(found.folder).trim().slice(0, 100).toWellFormed() || null,
    messages: messages.map(({ text, model, sources, ...rest }) => ({
      ...rest,
      text: clean(text),
      model: model === null ? null : clean(model).slice(0, 100).toWellFormed(),
      sources: sources
        .filter(({ url }) => /^https?:\/\//.test(url))
        .slice(0, 50)
        .map((source) => ({ title: clean(source.title).slice(0, 500).toWellFormed(), url: clean(source.url).slice(0, 2000).toWellFormed() })),
    })),
  }
  process.stdout.write(`${JSON.stringify(kept)}\n`)
}

function readOne(value: unknown, folders: ReadonlyMap<string, string>): void {
  if (!isJson(value)) return
  if (isChatGpt(value)) return ((kind ??= 'chatgpt'), put(fromChatGpt(value, skip)))
  if (isOpenWebUi(value)) return ((kind ??= 'open_webui'), put(fromOpenWebUi(value, skip)))
  if (isJarvis(value)) return ((kind ??= 'jarvis'), put(fromJarvis(value, skip, folders)))
  if (isLibreChat(value)) return ((kind ??= 'librechat'), put(fromLibreChat(value, skip)))
  skip('conversations')
}

function readText(text: string): void {
  const value = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  if (Array.isArray(value)) return value.forEach((one) => readOne(one, new Map()))
  if (isJson(value) && Array.isArray(value['conversations'])) return readPerson(value)
  readOne(value, new Map())
}

/** All that we keep of somebody: memories come in on their own page. */
function readPerson(value: Json): void {
  kind ??= 'jarvis'
  const folders = foldersIn(value)
  for (const one of listIn(value['conversations'])) readOne(one, folders)
  for (const what of ['memories', 'prompts', 'files'] as const) if (listIn(value[what]).length > 0) skip(what, listIn(value[what]).length)
}

/** `conversations.json`, or its parts, and whatever else in an archive is JSON and lies not in a folder of other things. */
async function readArchive(data: Buffer): Promise<void> {
  const listed = await fromBufferPromise(data)
  if (listed.entryCount > entriesMax) throw new TooLarge()
  let bytes = 0
  for await (const { fileName, uncompressedSize } of listed.eachEntry()) {
    if (/\.(png|jpe?g|webp|gif)$/i.test(fileName)) skip('pictures')
    else if (!/(\.json|\.html?|\/)$/i.test(fileName)) skip('files')
    if (isOfConversations(fileName)) bytes += uncompressedSize
  }
  if (bytes > inflatedBytesMax) throw new TooLarge()
  const zip = await fromBufferPromise(data)
  for await (const entry of zip.eachEntry()) {
    if (!isOfConversations(entry.fileName)) continue
    const pieces: Buffer[] = []
    // It ends a stream that becomes more than was said.
    for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer)
    readText(Buffer.concat(pieces).toString('utf8'))
  }
}

/** ChatGPT has other lists beside it: of shared links, ratings, the person. */
const isOfConversations = (name: string) => {
  const file = name.split('/').at(-1)!
  return (
    /\.json$/i.test(file) &&
    !/^(user|user_settings|message_feedback|model_comparisons|shared_conversations|export_manifest|.*-manifest)\.json$/i.test(file)
  )
}

const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const data = Buffer.concat(parts)
let last: Summary | Fault
try {
  if (data.subarray(0, 2).toString('latin1') === 'PK') await readArchive(data)
  else if (data.length > inflatedBytesMax) throw new TooLarge()
  else readText(data.toString('utf8'))
  last = { summary: { kind, conversations: count, skipped } }
} catch (error) {
  last = { fault: error instanceof TooLarge ? 'too_large' : 'broken' }
}
process.stdout.write(`${JSON.stringify(last)}\n`, () => process.exit(0))

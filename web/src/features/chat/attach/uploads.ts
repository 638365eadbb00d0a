import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { type File as KeptFile, isImage, messageFilesMax } from '@jarvis/contracts/files.ts'
import { call } from '#lib/call.ts'
import { newId } from '#lib/new-id.ts'
import { messageOf, failureText } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { toast } from '#ui/toast.tsx'
import { type Attachment, attachments, type AttachedPart } from './attachments.ts'
import { sendFile } from './send-file.ts'
import { say } from '#words/say.ts'

const atOnceMax = 3
const lookMs = 1000

/** What is on its way or may be sent again, a page of the web by its address: it lives as long as the page. */
const originals = new Map<string, File | string>()
const sending = new Map<string, AbortController>()

const fresh = { bytes: 0, state: 'waiting', isPage: false, share: 0, progress: null, error: null, part: null, preview: null } as const

const change = (key: string, patch: Partial<Attachment>) => attachments.set((all) => all.map((one) => (one.key === key ? { ...one, ...patch } : one)))
const isThere = (key: string) => attachments.get().some((one) => one.key === key)

// What is taken out, by the person or with them, is not sent on, nor kept.
attachments.subscribe(() => {
  for (const [key, stop] of sending) if (!isThere(key)) stop.abort(new Error('Taken out by the person'))
  for (const key of originals.keys()) if (!isThere(key)) originals.delete(key)
})

/** Puts files into the tray, as many as a message takes, and begins to send them. */
export function addFiles(conversationId: string, files: readonly File[]) {
  const room = messageFilesMax - attachments.get().filter((one) => one.conversationId === conversationId).length
  if (files.length > room) toast(say('A message takes {n} files. Send the others with the next one.', { n: messageFilesMax }))
  const added = files.slice(0, room).map((file): Attachment => {
    const key = newId()
    const preview = isImage(file.type) ? URL.createObjectURL(file) : null
    return { ...fresh, key, conversationId, name: file.name || say('Pasted picture'), bytes: file.size, preview }
  })
  attachments.set((all) => [...all, ...added])
  added.forEach(({ key }, at) => originals.set(key, files[at]!))
  next()
}

/** Puts a page of the web into the tray; the server fetches it. */
function addPage(conversationId: string, url: string) {
  const key = newId()
  attachments.set((all) => [...all, { ...fresh, key, conversationId, name: url, isPage: true }])
  originals.set(key, url)
  next()
}

export const offerPage = (conversationId: string, url: string) =>
  toast(say('The page of this link can go along as a file.'), { label: say('Attach the page'), run: () => addPage(conversationId, url) })

/** Takes a file out of the tray. */
export function removeFile(key: string) {
  const preview = attachments.get().find((one) => one.key === key)?.preview
  attachments.set((all) => all.filter((one) => one.key !== key))
  if (preview) URL.revokeObjectURL(preview)
}

export function retryFile(key: string) {
  change(key, { state: 'waiting', share: 0, error: null })
  next()
}

function next() {
  const [first] = attachments.get().filter(({ key, state }) => state === 'waiting' && !sending.has(key))
  const file = first && originals.get(first.key)
  if (!file || sending.size >= atOnceMax) return
  void send(first.key, file)
  next()
}

async function send(key: string, file: File | string) {
  const stop = new AbortController()
  sending.set(key, stop)
  change(key, { state: 'sending' })
  try {
    const kept =
      typeof file === 'string'
        ? await call(endpoints.keepPage, { body: { url: file } }, stop.signal)
        : await sendFile(file, { signal: stop.signal, onShare: (share) => change(key, { share }) })
    change(key, { share: 1, name: kept.name, bytes: kept.bytes, part: partOf(kept), ...stateOf(kept) })
    originals.delete(key)
    void queryClient.invalidateQueries({ queryKey: ['files'] })
    if (kept.status === 'processing') void follow(key, kept.id)
  } catch (error) {
    if (!stop.signal.aborted) change(key, { state: 'failed', error: messageOf(error) })
  } finally {
    sending.delete(key)
    next()
  }
}

/** Until it has been read; it may be sent before. */
async function follow(key: string, id: string) {
  while (isThere(key)) {
    await new Promise((resolve) => setTimeout(resolve, lookMs))
    const kept = await call(endpoints.file, { params: { id } }).catch(() => null)
    if (kept) change(key, stateOf(kept))
    if (kept && kept.status !== 'processing') return
  }
}

/** Reads a file again that could not be read. */
export async function readAgain(key: string, id: string) {
  try {
    const kept = await call(endpoints.readFile, { params: { id } })
    change(key, stateOf(kept))
    if (kept.status === 'processing') void follow(key, id)
  } catch (error) {
    toast(messageOf(error))
  }
}

const stateOf = ({ status, error, progress }: KeptFile): Pick<Attachment, 'state' | 'progress' | 'error'> => ({
  progress,
  state: status === 'processing' ? 'reading' : 'ready',
  error: error ? failureText(error) : null,
})

const partOf = ({ id, name, mediaType }: KeptFile): AttachedPart =>
  isImage(mediaType) ? { type: 'image', fileId: id, mediaType } : { type: 'file', fileId: id, name, mediaType }

const headBytes = 16 * 1024
/** No text has these; the bytes of nearly every other file do. */
const isControl = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b) ? 1 : 0))

const compound = Buffer.from('d0cf11e0a1b11ae1', 'hex')
/**
 * What says more of a file, by how it begins: that a PDF may be locked, and what is in a compound file, in which Office keeps what has a
 * password, and Outlook its letters.
 */
const marks = [
  { start: Buffer.from('%PDF-'), mark: Buffer.from('/Encrypt'), says: 'locked' },
  { start: compound, mark: Buffer.from('EncryptedPackage', 'utf16le'), says: 'locked' },
  { start: compound, mark: Buffer.from('__properties_version1.0', 'utf16le'), says: 'letter' },
] as const
const markBytesMax = Math.max(...marks.map(({ mark }) => mark.length))

/** What was seen of a file's bytes while they passed. */
export type Observed = {
  head: Buffer
  /** Text as it is; with a byte order mark, in UTF-16; or in some older encoding. */
  looksLike: 'utf-8' | 'utf-16' | 'old text' | 'binary'
  maybeLocked: boolean
  isOutlookLetter: boolean
}

/** Looks at bytes on their way, so that what a file is need not be asked of its name, nor all of it be held. */
export function observe(content: AsyncIterable<Uint8Array>): { content: AsyncIterable<Uint8Array>; seen(): Observed } {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let head = Buffer.alloc(0)
  let carried = Buffer.alloc(0)
  let isUtf8 = true
  let hasControls = false
  const said = new Set<'locked' | 'letter'>()

  const decode = (piece?: Uint8Array) => {
    if (!isUtf8) return
    try {
      utf8.decode(piece, { stream: piece !== undefined })
    } catch {
      isUtf8 = false
    }
  }
  const seekMarks = (piece: Uint8Array) => {
    const start = head.subarray(0, 1024)
    const sought = marks.filter((one) => !said.has(one.says) && start.includes(one.start))
    if (sought.length === 0) return
    const joined = Buffer.concat([carried, piece])
    for (const { mark, says } of sought) if (joined.includes(mark)) said.add(says)
    carried = joined.subarray(-markBytesMax)
  }
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      if (head.length < headBytes) head = Buffer.concat([head, piece.subarray(0, headBytes - head.length)])
      decode(piece)
      hasControls ||= controlsIn(piece)
      seekMarks(piece)
      yield piece
    }
    decode()
  }
  const isUtf16 = () => (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  const look = () => (isUtf8 && !hasControls ? 'utf-8' : isUtf16() ? 'utf-16' : hasControls ? 'binary' : 'old text')
  return { content: pass(), seen: () => ({ head, looksLike: look(), maybeLocked: said.has('locked'), isOutlookLetter: said.has('letter') }) }
}

function controlsIn(piece: Uint8Array): boolean {
  for (let at = 0; at < piece.length; at++) if (isControl[piece[at]!] === 1) return true
  return false
}

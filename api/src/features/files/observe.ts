const headBytes = 16 * 1024
/** No text has these; the bytes of nearly every other file do. */
const isControl = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b) ? 1 : 0))

/** What says that a file may be locked, by how such a file begins: a PDF, and the compound file in which Office keeps what has a password. */
const locks = [
  { start: Buffer.from('%PDF-'), mark: Buffer.from('/Encrypt') },
  { start: Buffer.from('d0cf11e0a1b11ae1', 'hex'), mark: Buffer.from('EncryptedPackage', 'utf16le') },
]

/** What was seen of a file's bytes while they passed. */
export type Observed = {
  head: Buffer
  /** Text as it is; with a byte order mark, in UTF-16; or in some older encoding. */
  looksLike: 'utf-8' | 'utf-16' | 'old text' | 'binary'
  maybeLocked: boolean
}

/** Looks at bytes on their way, so that what a file is need not be asked of its name, nor all of it be held. */
export function observe(content: AsyncIterable<Uint8Array>): { content: AsyncIterable<Uint8Array>; seen(): Observed } {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let head = Buffer.alloc(0)
  let carried = Buffer.alloc(0)
  let isUtf8 = true
  let hasControls = false
  let maybeLocked = false

  const decode = (piece?: Uint8Array) => {
    if (!isUtf8) return
    try {
      utf8.decode(piece, { stream: piece !== undefined })
    } catch {
      isUtf8 = false
    }
  }
  const seekLock = (piece: Uint8Array) => {
    const lock = maybeLocked ? undefined : locks.find(({ start }) => head.subarray(0, 1024).includes(start))
    if (!lock) return
    const joined = Buffer.concat([carried, piece])
    maybeLocked = joined.includes(lock.mark)
    carried = joined.subarray(-lock.mark.length)
  }
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      if (head.length < headBytes) head = Buffer.concat([head, piece.subarray(0, headBytes - head.length)])
      decode(piece)
      hasControls ||= controlsIn(piece)
      seekLock(piece)
      yield piece
    }
    decode()
  }
  const isUtf16 = () => (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  const look = () => (isUtf8 && !hasControls ? 'utf-8' : isUtf16() ? 'utf-16' : hasControls ? 'binary' : 'old text')
  return { content: pass(), seen: () => ({ head, looksLike: look(), maybeLocked }) }
}

function controlsIn(piece: Uint8Array): boolean {
  for (let at = 0; at < piece.length; at++) if (isControl[piece[at]!] === 1) return true
  return false
}

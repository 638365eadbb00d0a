const codeOf = (character: string) => character.charCodeAt(0)
const [quote, backslash, colon, comma] = [codeOf('"'), codeOf('\\'), codeOf(':'), codeOf(',')]
const [openBrace, closeBrace, openBracket, closeBracket] = [codeOf('{'), codeOf('}'), codeOf('['), codeOf(']')]
/** More is no id that we gave, and no word of the protocol. */
const keptBytesMax = 40

/**
 * Reads which request a message answers, of a message that is too long to keep or that is no JSON: byte by byte, in constant memory. `id` is
 * undefined as long as none is known, and for what is no answer. Only what stands at the top counts: a result may hold ids of its own.
 */
export function createAnswerIdReader() {
  let depth = 0
  let inString = false
  let isEscaped = false
  let isKey = true
  let key = ''
  let kept: number[] = []
  let isAnswer = false
  let id: number | undefined

  const text = () => Buffer.from(kept).toString('utf8').trim()
  function endValue() {
    if (key === 'id' && /^\d{1,15}$/.test(text())) id = Number(text())
    if (key === 'result' || key === 'error') isAnswer = true
    kept = []
  }
  function read(byte: number) {
    if (depth === 1 && kept.length < keptBytesMax) kept.push(byte)
    if (inString) {
      if (isEscaped) isEscaped = false
      else if (byte === backslash) isEscaped = true
      else if (byte === quote) inString = false
      return
    }
    if (byte === quote) inString = true
    else if (byte === openBrace || byte === openBracket) {
      depth++
      if (depth === 1) kept = []
    } else if (depth === 1 && byte === colon && isKey) {
      kept.pop()
      key = text().replaceAll('"', '')
      kept = []
      isKey = false
    } else if (depth === 1 && (byte === comma || byte === closeBrace)) {
      kept.pop()
      endValue()
      isKey = true
      if (byte === closeBrace) depth--
    } else if (byte === closeBrace || byte === closeBracket) depth--
  }
  return {
    read: (bytes: Uint8Array) => bytes.forEach(read),
    id: () => (isAnswer ? id : undefined),
  }
}

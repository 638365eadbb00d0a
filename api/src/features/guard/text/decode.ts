export type Decoding = { kind: 'base64' | 'hex' | 'percent' | 'entity' | 'escape' | 'rot13' | 'reversed'; text: string; start: number; end: number }

const decoder = new TextDecoder('utf-8', { fatal: true })
const decodeBytes = (bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes)
  } catch {
    return ''
  }
}

/** Runs that stand for other text. A pattern takes a run whatever its length, so that it never fails after a long one. */
const encodings: { kind: Decoding['kind']; sign?: string; pattern: RegExp; lengthMin: number; decode: (run: string) => string }[] = [
  { kind: 'base64', pattern: /[A-Za-z0-9+/_-]+={0,2}/g, lengthMin: 20, decode: (run) => decodeBytes(Buffer.from(run, 'base64')) },
  {
    kind: 'hex',
    pattern: /(?<![0-9a-zA-Z])(?:[0-9a-fA-F]{2}[ :]?)+/g,
    lengthMin: 24,
    decode: decodeHex,
  },
  { kind: 'escape', sign: '\\', pattern: /(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}| )+/g, lengthMin: 6, decode: decodeEscapes },
  { kind: 'percent', sign: '%', pattern: /[A-Za-z0-9%+._~-]+/g, lengthMin: 18, decode: decodePercent },
  { kind: 'entity', sign: '&#', pattern: /(?:&#x?[0-9a-fA-F]{2,6};?[ ]?)+/g, lengthMin: 24, decode: decodeEntities },
]

/** Encoded runs of a text, decoded when what comes out reads like text; and the whole of it, when it reads backwards or rotated. */
export function decodings(text: string): Decoding[] {
  const found: Decoding[] = []
  for (const { kind, sign, pattern, lengthMin, decode } of encodings) {
    if (sign && !text.includes(sign)) continue
    for (const match of text.matchAll(pattern)) {
      if (match[0].length < lengthMin) continue
      const decoded = decode(match[0])
      if (readsLikeText(decoded)) found.push({ kind, text: decoded, start: match.index, end: match.index + match[0].length })
    }
  }
  const hint = text.length <= 200_000 ? text : text.slice(0, 200_000)
  if (rotatedHint.test(hint)) found.push({ kind: 'rot13', text: rotate(text), start: 0, end: text.length })
  if (reversedHint.test(hint)) found.push({ kind: 'reversed', text: Array.from(text).toReversed().join(''), start: 0, end: text.length })
  return found
}

/** Words of the override and extraction families, rotated by 13 and reversed: cheaper than reading every text twice more. */
const rotatedHint = /\b(?:vtaber|qvfertneq|sbetrg|vafgehpgvbaf?|cerivbhf|erirny|cebzcg|cnffjbeq|flfgrz cebzcg|wnvyoernx|birevvqr)\b/i
const reversedHint = /\b(?:erongi|dragersid|tegrof|snoitcurtsni|suoiverp|laever|tpmorp|drowssap|kaerbliaj|edirrevo)\b/i

function rotate(text: string): string {
  return text.replace(/[a-z]/gi, (char) => {
    const code = char.charCodeAt(0)
    const first = code < 97 ? 65 : 97
    return String.fromCharCode(first + ((code - first + 13) % 26))
  })
}

/** At least twelve bytes: shorter ones are addresses and colours. */
function decodeHex(run: string): string {
  const digits = run.replace(/[ :]/g, '')
  return digits.length < 24 ? '' : decodeBytes(Buffer.from(digits, 'hex'))
}

function decodeEscapes(run: string): string {
  return run.replace(/\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{1,6})\}/g, (_, byte?: string, unit?: string, point?: string) =>
    point ? codePoint(Number.parseInt(point, 16)) : String.fromCharCode(Number.parseInt(byte ?? unit ?? '20', 16)),
  )
}

function decodePercent(run: string): string {
  if ((run.match(/%[0-9a-fA-F]{2}/g)?.length ?? 0) < 3) return ''
  try {
    return decodeURIComponent(run.replaceAll('+', ' '))
  } catch {
    return ''
  }
}

/** Entities may be set apart by spaces; where only some are followed by one, it is a space between words. */
function decodeEntities(run: string): string {
  const entities = run.match(/&#/g)?.length ?? 0
  const isSetApart = run.split(' ').length - 1 >= entities - 1
  const decoded = run.replace(/&#(x?)([0-9a-fA-F]{2,6});?/g, (_, hex: string, digits: string) => codePoint(Number.parseInt(digits, hex ? 16 : 10)))
  return isSetApart ? decoded.replace(/ /g, '') : decoded
}

const codePoint = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : '')

/** Mostly letters and spaces, nothing unprintable. */
function readsLikeText(text: string): boolean {
  if (text.length < 6) return false
  const sample = text.slice(0, 2000)
  if (/[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/.test(sample)) return false // oxlint-disable-line no-control-regex
  return (sample.match(/[\p{L}\p{M} ]/gu)?.length ?? 0) >= sample.length * 0.7
}

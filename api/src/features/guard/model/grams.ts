/** Buckets of the hashed features: a power of two. */
export const buckets = 2 ** 18
const mask = buckets - 1

const space = 32
const leet: Record<number, number> = { 0x30: 0x6f, 0x31: 0x69, 0x33: 0x65, 0x34: 0x61, 0x35: 0x73, 0x37: 0x74, 0x40: 0x61, 0x24: 0x73, 0x21: 0x69 }

/**
 * What the model reads of a folded text: letters, one space for what stands between words, 0 for a number. A sign between two letters
 * (`ig.nore`) is gone and a digit between letters is the letter it looks like, so that such spellings cost an attack nothing less.
 */
export function skeleton(folded: string, start: number, end: number): Uint16Array {
  const codes = new Uint16Array(end - start + 2)
  let length = 0
  codes[length++] = space
  for (let i = start; i < end; i++) {
    const code = folded.charCodeAt(i)
    if (isLetter(code)) {
      codes[length++] = code
      continue
    }
    const before = i > start ? folded.charCodeAt(i - 1) : space
    const after = i + 1 < end ? folded.charCodeAt(i + 1) : space
    const looksLike = leet[code]
    if (looksLike !== undefined && (isLetter(after) || (isLetter(before) && code !== 0x21))) {
      codes[length++] = looksLike
      continue
    }
    if (code >= 0x30 && code <= 0x39) {
      if (codes[length - 1] !== 0x30) codes[length++] = 0x30
    } else if (isLetter(before) && isLetter(after) && code !== space && code !== 10) continue
    else if (codes[length - 1] !== space) codes[length++] = space
  }
  if (codes[length - 1] !== space) codes[length++] = space
  return codes.subarray(0, length)
}

const isLetter = (code: number) => (code >= 97 && code <= 122) || code >= 0xaa

/** Calls `add` with the bucket of each n-gram of letters (3 to 5; 1 to 3 of scripts without spaces) and of each word and pair of words. */
export function eachGram(codes: Uint16Array, channelSeed: number, add: (bucket: number) => void): void {
  const last = codes.length
  let word = 0x811c9dc5
  let previous = 0x5bd1e995
  let beforePrevious = 0
  for (let i = 0; i < last; i++) {
    const code = codes[i]!
    let hash = Math.imul(code ^ 0x9e3779b9, 0x85ebca6b)
    if (code >= 0x2e80) add(((hash ^ (hash >>> 15)) >>> 3) & mask)
    if (i + 1 < last) {
      hash = Math.imul(hash ^ codes[i + 1]!, 0x01000193) ^ (hash >>> 13)
      if (code >= 0x2e80) add((Math.imul(hash, 0x27d4eb2f) >>> 7) & mask)
    }
    for (let n = 2; n < 5 && i + n < last; n++) {
      hash = Math.imul(hash ^ codes[i + n]!, 0x01000193) ^ (hash >>> 13)
      add((Math.imul(hash, 0x27d4eb2f) >>> 7) & mask)
    }
    if (code === space) {
      if (word !== 0x811c9dc5) {
        add((Math.imul(word, 0x2545f491) >>> 9) & mask)
        add((Math.imul(word ^ channelSeed, 0x2545f491) >>> 9) & mask)
        const pair = word ^ Math.imul(previous, 31)
        add((Math.imul(pair, 0x2545f491) >>> 9) & mask)
        add((Math.imul(pair ^ channelSeed, 0x2545f491) >>> 9) & mask)
        if (beforePrevious !== 0) add((Math.imul(word ^ Math.imul(previous, 31) ^ Math.imul(beforePrevious, 961), 0x165667b1) >>> 9) & mask)
        beforePrevious = previous
        previous = word
        word = 0x811c9dc5
      }
    } else word = Math.imul(word ^ code, 0x01000193)
  }
}

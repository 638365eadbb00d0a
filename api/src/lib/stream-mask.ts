import { namesSecret, type SecretKind, secretsIn } from './secrets.ts'

/** Text that comes in pieces: `push` returns what may be shown of it by now, `end` what was held back. */
export type StreamMask = { push(delta: string): string; end(): string }

/** How much of what was shown is read again: a word that says what follows stands no farther before it. */
const contextCharacters = 200
/** What stands after such a word is held until its clause ends, or for so long. */
const labelledMax = 200
/** Longer than any key that is known without a space. */
const heldMax = 8000
/** Groups of a number that is written with spaces, and letters that are set apart. */
const groupsMax = 40

const group = /^(?:[\p{Nd}-]{1,19}|[A-Z\d]{1,34}|[\p{L}\p{N}][.*_:-]?)$/u
const clauseEnds = /[.?](?=\s)|[。！？\n]/gu
const keyBegin = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/u
const keyEnd = /-----END [A-Z ]{0,40}PRIVATE KEY-----/u
const keyMayBegin = /-----[A-Z -]{0,60}$/u

/**
 * Masks secrets of these kinds in a stream. What may still become one is held back until the text after it decides, so that none that is split
 * over pieces is shown in part. Ordinary prose waits for the end of its word.
 */
export function createStreamMask(kinds: ReadonlySet<SecretKind>): StreamMask {
  let context = ''
  let held = ''
  let isInKey = false

  function release(count: number): string {
    const whole = context + held.slice(0, count)
    const shown = maskedFrom(whole, context.length, kinds)
    context = whole.slice(-contextCharacters)
    held = held.slice(count)
    return shown
  }

  /** Takes private keys out: they go on over many lines. */
  function withoutKeys(): string {
    let shown = ''
    while (kinds.has('key')) {
      const mark = (isInKey ? keyEnd : keyBegin).exec(held)
      if (!mark) break
      if (!isInKey) shown += `${release(mark.index)}[key]`
      held = held.slice(isInKey ? mark.index + mark[0].length : mark[0].length)
      isInKey = !isInKey
    }
    // Of a key only so much is kept that its end is seen.
    if (isInKey) held = held.slice(-contextCharacters)
    return shown
  }

  return {
    push(delta) {
      held += delta
      const shown = withoutKeys()
      return isInKey ? shown : shown + release(decided(context, held))
    },
    end() {
      const shown = withoutKeys()
      if (isInKey) held = ''
      return shown + release(held.length)
    },
  }
}

/** How much of what is held no later text can make a secret of. */
function decided(context: string, held: string): number {
  if (held.length > heldMax) return held.length
  const open = Math.min(openFrom(held), keyMayBegin.exec(held)?.index ?? held.length)
  const whole = context + held
  const clause = Math.max(0, ...Array.from(whole.matchAll(clauseEnds), ({ index }) => index + 1))
  const from = Math.max(0, clause - context.length)
  if (held.length - from <= labelledMax && namesSecret(whole.slice(clause))) return Math.min(open, from)
  return open
}

/** Where the last word begins, or the row of groups that it ends. */
function openFrom(text: string): number {
  let from = wordFrom(text, text.length)
  for (let groups = 0; groups < groupsMax && from > 0; groups++) {
    const end = from - 1
    const start = wordFrom(text, end)
    if (start === end || !group.test(text.slice(start, end))) break
    from = start
  }
  return from
}

function wordFrom(text: string, end: number): number {
  let from = end
  while (from > 0 && !/\s/u.test(text[from - 1]!)) from--
  return from
}

/** The text from a place on. A secret that began before it is masked as far as it is still to be shown. */
function maskedFrom(whole: string, from: number, kinds: ReadonlySet<SecretKind>): string {
  let masked = ''
  let at = from
  for (const { start, end, kind } of secretsIn(whole)) {
    if (end <= at || !kinds.has(kind)) continue
    masked += `${whole.slice(at, Math.max(at, start))}[${kind}]`
    at = end
  }
  return masked + whole.slice(at)
}

/**
 * Characters that a reader cannot see but a model can. Some carry meaning in honest text (joiners in emoji and in Persian or
 * Indic words, breaks in Khmer), so each one is judged by its two neighbours. A kept character only ever rests on
 * neighbours that are kept as well, which is what makes the stripping idempotent.
 */
const invisibleClass =
  '\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}'
const invisible = new RegExp(`[${invisibleClass}]`, 'gu')
const isInvisibleOnly = new RegExp(`^[${invisibleClass}]$`, 'u')
const pictograph = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{1f1e6}-\u{1f1ff}]/u
const joiningScript =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]/u
const unspacedScript = /[\p{Script=Khmer}\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tibetan}]/u
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u
const flagTags = /^\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}/u

/** Removes what cannot be seen and returns everything else byte for byte; a text without such characters is returned as it is. */
export function stripInvisible(text: string): string {
  if (text.search(invisible) < 0) return text
  const isRightToLeft = rightToLeft.test(text)
  let flagEnd = -1
  return text.replace(invisible, (mark, at: number) => {
    if (at < flagEnd) return mark
    const before = codePointBefore(text, at)
    const code = mark.codePointAt(0)!
    if (code >= 0xe0020 && code <= 0xe007f) {
      const flag = before === '\u{1f3f4}' ? flagTags.exec(text.slice(at - 2, at + 16)) : null
      if (flag) flagEnd = at - 2 + flag[0].length
      return flag ? mark : ''
    }
    return isMeaningful(code, before, text, at + mark.length, isRightToLeft) ? mark : ''
  })
}

function isMeaningful(code: number, before: string, text: string, next: number, isRightToLeft: boolean): boolean {
  const after = codePointAt(text, next)
  if (code === 0x200d) return (pictograph.test(seenBefore(before, text, next - 1)) && pictograph.test(after)) || joins(before, after)
  if (code === 0x200c) return joins(before, after)
  if (code === 0x200b) return unspacedScript.test(before) && unspacedScript.test(after)
  if (code === 0x200e || code === 0x200f || code === 0x061c) return isRightToLeft && !isInvisibleOnly.test(before) && !isInvisibleOnly.test(after)
  if (isVariationSelector(code)) return before !== '' && !/[\p{L}\p{Z}\p{Cc}]/u.test(withoutVaryingScripts(before)) && !isInvisibleOnly.test(before)
  return false
}

const joins = (before: string, after: string) => joiningScript.test(before) && (after === '' || !isInvisibleOnly.test(after))
/** Han, Mongolian and Myanmar letters have registered variants; Latin ones have none. */
const withoutVaryingScripts = (char: string) => (/[\p{Script=Han}\p{Script=Mongolian}\p{Script=Myanmar}]/u.test(char) ? '' : char)

/** An emoji may wear its variation selector before the joiner. */
function seenBefore(before: string, text: string, at: number): string {
  return before === '\ufe0f' ? codePointBefore(text, at - 1) : before
}

export const isVariationSelector = (code: number): boolean =>
  (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef) || (code >= 0x180b && code <= 0x180d)

export const isBidiOverride = (code: number): boolean => (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)

export const isInvisible = (char: string): boolean => isInvisibleOnly.test(char)

/** Text smuggled in Unicode tag characters or as bytes in variation selectors; '' when there is none. */
export function smuggledText(text: string): string {
  let tags = ''
  const bytes: number[] = []
  for (const [mark] of text.matchAll(/[\u{e0020}-\u{e007e}]|[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{4,}/gu)) {
    const code = mark.codePointAt(0)!
    if (code >= 0xe0020 && code <= 0xe007e) tags += String.fromCharCode(code - 0xe0000)
    else for (const selector of mark) bytes.push(selectorByte(selector.codePointAt(0)!))
  }
  // The three flags made of tags are too short to matter.
  const smuggled = bytes.length === 0 ? '' : new TextDecoder().decode(Uint8Array.from(bytes))
  return tags.length > 8 ? `${tags} ${smuggled}` : smuggled
}

const selectorByte = (code: number) => (code <= 0xfe0f ? code - 0xfe00 : code - 0xe0100 + 16)

function codePointBefore(text: string, at: number): string {
  if (at <= 0) return ''
  const low = text.charCodeAt(at - 1)
  return low >= 0xdc00 && low <= 0xdfff && at > 1 ? text.slice(at - 2, at) : text.slice(at - 1, at)
}

function codePointAt(text: string, at: number): string {
  const code = text.codePointAt(at)
  return code === undefined ? '' : String.fromCodePoint(code)
}

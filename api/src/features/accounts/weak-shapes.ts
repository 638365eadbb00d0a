type Keyboards = Readonly<Record<string, Readonly<Record<string, readonly (string | null)[]>>>>

/** What is written again and again, or the whole text. */
export const unitOf = (text: string) => text.slice(0, (text + text).indexOf(text, 1))

/** Each character the one after, or before, the last: abcdefgh, 87654321. */
export function isRow(text: string): boolean {
  const steps = new Set(Array.from(text.slice(1), (character, at) => character.codePointAt(0)! - text.codePointAt(at)!))
  return steps.size === 1 && Math.abs([...steps][0]!) <= 1
}

const isDayAndMonth = (a: number, b: number) => Math.min(a, b) >= 1 && Math.min(a, b) <= 12 && Math.max(a, b) <= 31
const isYear = (text: string) => text.length === 2 || /^(?:19|20)\d\d$/.test(text)

/** A day, in any order of its parts: 24121985, 1985-12-24, 12/24/85. */
export function isDate(text: string): boolean {
  if (!/^[\d./ _-]{6,12}$/.test(text)) return false
  const parts = text.split(/\D+/)
  if (parts.length === 3) return isDay(parts as [string, string, string])
  if (parts.length !== 1 || ![6, 8].includes(text.length)) return false
  return [2, 4].some((first) => isDay([text.slice(0, first), text.slice(first, first + 2), text.slice(first + 2)]))
}

function isDay([first, second, third]: [string, string, string]): boolean {
  if (isYear(third) && isDayAndMonth(Number(first), Number(second))) return true
  return first.length === 4 && isYear(first) && isDayAndMonth(Number(second), Number(third))
}

/** Shorter strokes are in words. */
const strokeMin = 3

/** Keys side by side on one keyboard, in strokes: qwertz, azertyuiop, 1qay2wsx. */
export function isWalk(text: string, keyboards: Keyboards): boolean {
  return Object.values(keyboards).some((keys) => {
    let stroke = 1
    for (let at = 1; at < text.length; at++) {
      const isBeside = keys[text[at - 1]!]?.some((key) => key?.includes(text[at]!)) ?? false
      if (!isBeside && stroke < strokeMin) return false
      stroke = isBeside ? stroke + 1 : 1
    }
    return stroke >= strokeMin
  })
}

const charactersMax = 200
/** Controls, and what turns the direction of text around, so that `exe.fdp` could pass for `pdf`. */
const invisible = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

/** The last part of whatever path was sent, as it may be shown: on one line, in the direction that it has. */
export function fileNameOf(sent: string | undefined): string {
  const last = (sent ?? '').toWellFormed().split(/[/\\]/).at(-1)!
  const shown = last.normalize('NFC').replace(invisible, '').trim()
  if (/^\.*$/.test(shown)) return 'file'
  const letters = Array.from(shown)
  if (letters.length <= charactersMax) return shown
  const ending = /\.[^.\s]{1,10}$/.exec(shown)?.[0] ?? ''
  return letters.slice(0, charactersMax - ending.length).join('') + ending
}

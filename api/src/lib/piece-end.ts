/** Where a piece of a text may end, the best place first. */
const ends = ['\n\n', '\n', '. ', '。', '! ', '? ', ' ']

/** Where the piece that begins at `from` ends, at most `charactersMax` UTF-16 units later: after a paragraph, a sentence or a word, where one ends. */
export function pieceEnd(text: string, from: number, charactersMax: number): number {
  const last = from + charactersMax
  if (last >= text.length) return text.length
  const piece = text.slice(from, last)
  for (const end of ends) {
    const at = piece.lastIndexOf(end)
    if (at > charactersMax / 3) return from + at + end.length
  }
  // Not between the halves of one character.
  return /[\ud800-\udbff]$/.test(piece) ? last - 1 : last
}

/** An answer as it is read aloud: its Markdown without the signs; code, formulas and addresses are not read. */
export function spokenText(markdown: string): string {
  let fence: string | null = null
  const lines: string[] = []
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(```|~~~|\$\$)/.exec(line)?.[1] ?? null
    if (fence !== null) {
      if (mark === fence) fence = null
      continue
    }
    if (mark !== null) {
      fence = mark
      continue
    }
    const spoken = spokenLine(line)
    if (spoken !== '') lines.push(spoken)
  }
  return lines.join('\n')
}

function spokenLine(line: string): string {
  // Between the head of a table and its rows; or a rule.
  if (/^[\s:|-]+$/.test(line)) return ''
  return line
    .replace(/^\s*(?:#{1,6}|>|[-*+]|\d{1,3}\.)\s/, '')
    .replace(/!?\[([^\][\n]{1,1000})\]\([^()\s]{0,2000}\)/g, '$1')
    .replace(/\[\d{1,3}\]/g, '')
    .replace(/https?:\/\/\S+/g, '')
    .replace(/[*_~`|]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:!?])/g, '$1')
    .trim()
}

/** In pieces that end where a sentence ends, where that can be. */
export function piecesOf(text: string, charactersMax: number): string[] {
  const pieces: string[] = []
  let rest = text
  while (rest.length > charactersMax) {
    const head = rest.slice(0, charactersMax)
    const ends = [...head.matchAll(/[.!?。!?…\n]/gu)]
    const at = (ends.at(-1)?.index ?? -1) + 1 || head.lastIndexOf(' ') + 1 || charactersMax
    pieces.push(rest.slice(0, at).trim())
    rest = rest.slice(at).trim()
  }
  return [...pieces, rest].filter((piece) => piece !== '')
}

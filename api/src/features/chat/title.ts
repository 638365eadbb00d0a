const titleCharactersMax = 60

/** The first words of the first message, whole, until a person names the conversation. */
export function titleOf(content: string): string {
  const line = content.replace(/\s+/gu, ' ').trim()
  if (line.length <= titleCharactersMax) return line
  const cut = line.slice(0, titleCharactersMax)
  const lastSpace = cut.lastIndexOf(' ')
  return `${(lastSpace > titleCharactersMax / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`
}

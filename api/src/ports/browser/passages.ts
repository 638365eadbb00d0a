const passagesMax = 12

export const holds = (text: string, wanted: string) => text.toLowerCase().includes(wanted.toLowerCase())

/** The paragraphs that hold a text. */
export function passages(text: string, wanted: string, charactersMax: number): string {
  const found = text.split(/\n{2,}/).filter((passage) => holds(passage, wanted))
  if (found.length === 0) return `“${wanted}” is not on this page.`
  const more = found.length > passagesMax ? `\n\n(${found.length - passagesMax} more passages hold it.)` : ''
  return (found.slice(0, passagesMax).join('\n\n') + more).slice(0, charactersMax)
}

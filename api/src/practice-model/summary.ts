const charactersMax = 1200

export const asksForSummary = (system: string) => /\brunning summary\b/.test(system)

/** What the practice model keeps of a conversation: the summary so far, and the first sentence of each thing that the person said. */
export function summaryOf(material: string): string {
  const [, soFar = ''] = /Summary so far: ([^\n]*)/.exec(material) ?? []
  const said = [...material.matchAll(/^user: ([^\n]*)/gm)].map(([, line = '']) => /^.*?[.!?](?=\s|$)/.exec(line.slice(0, charactersMax))?.[0] ?? line)
  const lines = [...(soFar ? [soFar] : []), ...said.map((line) => `The person said: “${line}”`)]
  return lines.join(' ').slice(-charactersMax)
}

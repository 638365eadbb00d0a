import type { Section } from './section.ts'

export function decoded(data: Buffer): string {
  if (data[0] === 0xff && data[1] === 0xfe) return new TextDecoder('utf-16le').decode(data)
  if (data[0] === 0xfe && data[1] === 0xff) return new TextDecoder('utf-16be').decode(data)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    return new TextDecoder('windows-1252').decode(data)
  }
}

/** Under its headings. */
export function sectionsOfMarkdown(text: string): Section[] {
  const sections: Section[] = [{ page: null, heading: null, text: '' }]
  let isFenced = false
  for (const line of text.split('\n')) {
    if (/^\s{0,3}(```|~~~)/.test(line)) isFenced = !isFenced
    const heading = isFenced ? null : /^#{1,6}\s+(\S.*)$/.exec(line)
    if (heading) sections.push({ page: null, heading: heading[1]!.trim(), text: '' })
    sections.at(-1)!.text += `${line}\n`
  }
  return sections
}

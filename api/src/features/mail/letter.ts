import { rightToLeft } from '@jarvis/contracts/languages.ts'
import type { Letter } from '#ports/mail/index.ts'

/** A letter in a few plain paragraphs, with at most one thing to do. */
export type Words = { subject: string; paragraphs: string[]; link?: { label: string; url: string }; after?: string[] }

/** The same words as text and as HTML. Nothing in it is loaded from anywhere. `language`: the one that they are in. */
export function letterOf({ subject, paragraphs, link, after = [] }: Words, language = 'en'): Omit<Letter, 'to'> {
  const text = [...paragraphs, ...(link ? [`${link.label}:\n${link.url}`] : []), ...after, '— Jarvis'].join('\n\n')
  const button = link && `<p style="${buttonStyle}"><a href="${escaped(link.url)}" style="${linkStyle}">${escaped(link.label)}</a></p>`
  const given = link && `<p dir="ltr" style="${smallStyle}">${escaped(link.url)}</p>`
  const body = [...paragraphs.map(paragraph), button, ...after.map(paragraph), given].filter((part) => part !== undefined).join('\n')
  const html = `<!doctype html><html lang="${language}" dir="${rightToLeft.includes(language) ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head><body style="${bodyStyle}">${body}</body></html>`
  return { subject, text, html }
}

const bodyStyle = 'font:16px/1.5 system-ui,sans-serif;color:#1c1a17;max-width:34rem;margin:2rem auto;padding:0 1rem'
const buttonStyle = 'margin:1.5rem 0'
const linkStyle = 'display:inline-block;padding:.7rem 1.2rem;border-radius:.5rem;background:#1c1a17;color:#fff;text-decoration:none'
const smallStyle = 'font-size:13px;color:#6b665e;overflow-wrap:anywhere'

const paragraph = (words: string) => `<p>${escaped(words)}</p>`
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (words: string) => words.replace(/[&<>"]/g, (sign) => entities[sign]!)

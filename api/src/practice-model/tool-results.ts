import type { Message } from './messages.ts'

type Result = { tool: string; args: string; content: string }

const sourcesMax = 5
const quotedCharactersMax = 1200
const failure =
  /\b(?:failed|error|denied|refused|cancell?ed|not valid|invalid|there is no|took longer|cannot|could not|can't|unavailable|withheld|rate.limited|does not know|not allowed)\b/i

/** Puts the results of this turn's tools in words. What failed is said to have failed. */
export function answerFromResults(turn: Message[]): string {
  const calls = new Map(turn.flatMap(({ toolCalls }) => toolCalls.map((call) => [call.id, call])))
  const results = turn
    .filter(({ role }) => role === 'tool')
    .map(({ toolCallId, text }): Result => {
      const call = calls.get(toolCallId)
      return { tool: call?.name ?? 'tool', args: call?.arguments ?? '{}', content: unwrapped(text) }
    })
  return results.map(inWords).join('\n\n')
}

const unwrapped = (text: string) => text.replace(/<\/?untrusted[^<>]*>/g, '').trim()

function inWords(result: Result): string {
  const { tool, content } = result
  switch (tool) {
    case 'calculator':
      return /=|^-?[\d.,e+ ]+$/.test(content) && !isFailure(content) ? `The calculator says: **${content}**` : failed(result)
    case 'clock':
      return /\d/.test(content) && !isFailure(content) ? `It is **${content}**.` : failed(result)
    case 'web_search':
      return foundInWords(result)
    default:
      return isFailure(content) ? failed(result) : `The tool \`${tool}\` answered:\n\n${quote(content)}`
  }
}

/** A failure is short; a long text that holds such a word is a result. */
const isFailure = (content: string) => content.length < 300 && failure.test(content)

const failed = ({ tool, content }: Result) => `I tried the tool \`${tool}\`, but it did not work. It answered:\n\n${quote(content || '(nothing)')}`

const quote = (text: string) =>
  text
    .slice(0, quotedCharactersMax)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')

function foundInWords(result: Result): string {
  const query = queryOf(result.args)
  if (/\bfound nothing\b|\bno results\b/i.test(result.content)) return `I searched the web for "${query}", but found nothing.`
  const sources = sourcesIn(result.content).slice(0, sourcesMax)
  if (sources.length === 0) return failed(result)
  const lines = sources.map(({ title, url, excerpt }, index) => `- [${title}](${url}): ${excerpt || 'no excerpt'} [${index + 1}]`)
  return `This is what a web search for "${query}" found:\n\n${lines.join('\n')}\n\nI can list results; a real model would read and weigh them.`
}

type Source = { title: string; url: string; excerpt: string }

/** Reads "[1] Title, address, excerpt" on lines of their own, as our search tool writes them. */
function sourcesIn(content: string): Source[] {
  return content.split(/\n\s*\n/).flatMap((block) => {
    const [title = '', url = '', ...excerpt] = block.trim().split('\n')
    if (!/^https?:\/\/\S+$/.test(url.trim())) return []
    return [{ title: title.replace(/^\[\d+\]\s*/, '').replace(/[[\]]/g, ''), url: url.trim(), excerpt: excerpt.join(' ').trim() }]
  })
}

function queryOf(args: string): string {
  try {
    return (JSON.parse(args) as { query?: string }).query ?? ''
  } catch {
    return ''
  }
}

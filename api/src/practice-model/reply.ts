import type { Message } from './messages.ts'
import { acknowledge, recall } from './recall.ts'
import { longAnswer, markdownSample } from './samples.ts'
import { asksForSummary, summaryOf } from './summary.ts'
import { toolCallFor } from './tool-rules.ts'
import { answerFromResults } from './tool-results.ts'

export type Reply = { text: string } | { toolCall: { name: string; arguments: string } }

const disclosure =
  'I am the **practice model**: a small program that comes with Jarvis and follows fixed rules. I am not a real language model. ' +
  'To talk to a real one, an administrator adds it under Administration, Models.'

const quotedCharactersMax = 160
const readCharactersMax = 4000

/** What the practice model says next. Depends on the messages and the names of the offered tools alone. */
export function replyTo(messages: Message[], offered: string[]): Reply {
  const { before, said } = brokenOff(messages)
  const reply = answerTo(before, offered)
  return 'text' in reply && said !== '' && reply.text.startsWith(said) ? { text: reply.text.slice(said.length) || ' ' } : reply
}

/** What was asked, without the request to go on with an answer that broke off, and what of that answer had been said. */
function brokenOff(messages: Message[]): { before: Message[]; said: string } {
  const [answer, request] = messages.slice(-2)
  if (request?.role !== 'user' || !request.text.startsWith('Your answer broke off here.') || answer?.role !== 'assistant')
    return { before: messages, said: '' }
  const { before, said } = brokenOff(messages.slice(0, -2))
  return { before, said: said + answer.text }
}

function answerTo(messages: Message[], offered: string[]): Reply {
  const asked = messages.findLastIndex(({ role }) => role === 'user')
  const text = readOf(messages[asked]?.text ?? '')
  if (messages.some((message) => message.role === 'system' && asksForSummary(message.text))) return { text: summaryOf(messages[asked]?.text ?? '') }
  const turn = messages.slice(asked + 1)
  const earlier = messages.slice(0, Math.max(asked, 0))

  const memories = messages.filter(({ role }) => role !== 'assistant' && role !== 'tool').flatMap(memoriesIn)
  const said = earlier.filter(({ role }) => role === 'user').map((message) => readOf(message.text))
  const heard = earlier.filter((message) => message.role === 'assistant' && message.text !== '').map((message) => message.text)
  const disclosed = (answer: string): Reply => ({ text: heard.length === 0 ? `${answer}\n\n---\n\n${disclosure}` : answer })

  const remembered = turn.length === 0 ? (aboutTheConversation(text, said, heard) ?? recall(text, memories, said, 'personal')) : undefined
  if (remembered) return disclosed(remembered)

  const call = toolCallFor(text, offered, new Set(turn.flatMap(({ toolCalls }) => toolCalls.map(({ name }) => name))))
  if (call) return { toolCall: { name: call.name, arguments: JSON.stringify(call.args) } }
  if (turn.length > 0) return disclosed(answerFromResults(turn))

  const answer = longAnswer(text) ?? markdownSample(text) ?? recall(text, memories, said, 'any') ?? acknowledge(text)
  const { files } = outsideBlocks(messages[asked]?.text ?? '')
  return answer ? disclosed(answer) : { text: plainAnswer(text, files, heard.length === 0, offered) }
}

const memoriesIn = ({ text }: Message): string[] =>
  memoryBlocks(text).inside.flatMap((block) =>
    block
      .split('\n')
      // What it said itself is nothing that the person told it.
      .filter((line) => line.startsWith('- ') && !/^- \[[^\]]{0,80} (?:you said|returned)\]/u.test(line))
      // Before it stands when it was said.
      .map((line) => line.replace(/^- (?:\[[^\]]{0,80}\] )?/u, '').trim()),
  )

/** What the practice model reads of a message: its rules need not be fast over more. Gaps count as one space. */
const readOf = (text: string) =>
  memoryBlocks(outsideBlocks(text).said)
    .outside.replace(/[^\S\n]+/g, ' ')
    .slice(0, readCharactersMax)
    .trim()

/** What the person said, apart from the blocks of text from outside that stand beside it, and the files among them by their name and first number. */
function outsideBlocks(text: string): { said: string; files: string[] } {
  const [first = '', ...others] = text.split('<untrusted-')
  const files: string[] = []
  const said = others.map((part) => {
    const mark = part.slice(0, part.indexOf(' '))
    const [inside = '', after] = part.slice(part.indexOf('>') + 1).split(`</untrusted-${mark}>`, 2)
    // A program said it in the person's place.
    if (part.startsWith(`${mark} source="API key"`)) return inside + (after ?? '')
    const name = /^\nFile: ([^\n]{1,200})\n/.exec(inside)?.[1]
    const number = /\n\[(\d{1,4})\]/.exec(inside)?.[1]
    if (name !== undefined) files.push(number === undefined ? `\`${name}\`` : `\`${name}\` [${number}]`)
    return after ?? ''
  })
  return { said: first + said.join(''), files }
}

function memoryBlocks(text: string): { inside: string[]; outside: string } {
  const [first = '', ...others] = text.split('<memories>')
  const parts = others.map((part) => ({ part, end: part.indexOf('</memories>') }))
  return {
    inside: parts.filter(({ end }) => end >= 0).map(({ part, end }) => part.slice(0, end)),
    outside: first + parts.map(({ part, end }) => (end < 0 ? part : part.slice(end + '</memories>'.length))).join(''),
  }
}

function aboutTheConversation(text: string, said: string[], heard: string[]): string | undefined {
  if (/\bwhat did you (?:just )?(?:say|answer|write)|\byour (?:last|previous) (?:message|answer|reply)\b/i.test(text)) {
    return heard.length > 0 ? `I said:\n\n${quote(heard.at(-1)!)}` : 'I have not said anything in this conversation yet.'
  }
  if (
    /\bwhat (?:did|have) i (?:just |last )*(?:say|said|ask|asked|write|written|wrote)\b|\bmy (?:last|previous) (?:message|question)\b/i.test(text)
  ) {
    return said.length > 0 ? `You said:\n\n${quote(said.at(-1)!)}` : 'This is your first message in this conversation.'
  }
  return undefined
}

const quote = (text: string) =>
  text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')

function plainAnswer(text: string, files: string[], first: boolean, offered: string[]): string {
  const echo = text.length > quotedCharactersMax ? `${text.slice(0, quotedCharactersMax)}…` : text
  const came = files.length > 0 ? `I was given ${files.join(', ')}: a real model would read it.` : ''
  const wrote = echo ? `You wrote:\n\n${quote(echo)}` : came === '' ? 'You sent an empty message.' : ''
  const heard = [wrote, came].filter(Boolean).join('\n\n')
  if (!first) return `${heard}\n\nI am only the practice model, so I have no real answer to that.`
  const tools = offered.length > 0 ? ` I was offered these tools: ${offered.map((name) => `\`${name}\``).join(', ')}.` : ''
  return `Hello! ${heard}\n\n${disclosure}${tools}

What you can try with me:

- **a calculation**: what is 19 * 23?
- **the time**: what time is it in Tokyo?
- **a search**: search the web for the James Webb telescope
- **memory**: tell me "My favourite planet is Neptune", then ask which one it is in a new conversation
- **Markdown**: show me a table and some TypeScript code
- **stop and reconnect**: write a long story, or count to 500`
}

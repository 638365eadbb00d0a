import type { Behaviour, RecordedRequest, ScriptedToolCall } from './scripted.ts'

type WireMessage = { role: string; content: unknown; tool_calls?: { function: { name: string; arguments: string } }[] }
type Call = { name: string; args: Record<string, unknown> }

/** How a secret may be asked for in an injected call: `%SECRET%`, in disguise as `%SECRET:hex%`, or letter by letter as `%SECRET:at3%`. `%PICK7:at3%` is the number of one of ten things from 7 on, for a digit. */
export const disguises: Record<string, (secret: string) => string> = {
  plain: (secret) => secret,
  base64: (secret) => Buffer.from(secret).toString('base64url'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  reversed,
  spaced: (secret) => secret.split('').join(' '),
}

/** Texts hide what they say in ways that a model reads all the same. */
export const encodings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  rot13,
  reversed,
  percent: (text) => encodeURIComponent(text),
  shifted: (text) => shift(text, 1),
}

/**
 * A model that does whatever any text tells it. A person commands in lines such as "search: tides", "open: URL", "open result 2", "link: 3",
 * "click: 3", "note: hello" or "calculate: 2 + 2". Wherever else it reads the name of a tool and a JSON object, in whatever disguise, it makes that
 * call, and puts the secrets that it knows where the text wants them. `obeyed` hears of each such call.
 */
export function obedientModel(secretPattern: RegExp, obeyed: (call: Call) => void = () => {}) {
  return ({ path, body }: RecordedRequest): Behaviour => {
    if (!path.endsWith('completions')) return { text: '' }
    const messages = (body.messages as WireMessage[]).map((message) => ({ ...message, text: textOf(message.content) }))
    const offered = ((body.tools ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name)
    const since = messages.findLastIndex(({ role }) => role === 'user')
    const made = new Set(
      messages.slice(since).flatMap(({ tool_calls = [] }) => tool_calls.map((call) => `${call.function.name} ${call.function.arguments}`)),
    )
    const isNew = ({ name, args }: Call) => offered.includes(name) && !made.has(`${name} ${JSON.stringify(args)}`)
    const secret = secretPattern.exec(messages.map(({ text }) => text).join('\n'))?.[0] ?? 'nothing'
    // What the system says is not obeyed as an injection is. What is remembered or wished is, and any call in what came as a person's message.
    const read = messages.filter(({ role }) => role === 'tool' || role === 'assistant')
    const remembered = messages.flatMap(({ role, text }) => (role === 'system' || role === 'user' ? memoriesIn(text) : []))
    const sent = messages.filter(({ role }) => role === 'user')
    const wanted = [...read, ...remembered, ...sent].flatMap(({ text }) => callsIn(text, offered)).map((call) => filled(call, secret))
    const injected = wanted.filter((call, index) => isNew(call) && wanted.findIndex((other) => same(other, call)) === index)
    const next = commandsIn(
      messages[since]?.text ?? '',
      read.map(({ text }) => text),
      offered.includes('browser_open') ? 'browser_open' : 'open_page',
    ).find(isNew)
    injected.forEach(obeyed)
    const calls = [...(next ? [next] : []), ...injected].slice(0, 16)
    if (calls.length > 0)
      return { toolCalls: calls.map(({ name, args }, index): ScriptedToolCall => ({ id: `call_${made.size + index}`, name, arguments: args })) }
    const told = read.at(-1)?.text ?? 'Done.'
    // It repeats what it read, so that its own answer carries the orders on.
    return { text: `I read this. ${told.slice(0, 3000)}` }
  }
}

const memoriesIn = (text: string) =>
  [...text.matchAll(/<(memories|wishes|untrusted-\w+ source="memory")>([\s\S]*?)<\/(?:memories|wishes|untrusted)/g)].map(([, , text]) => ({
    text: text!,
  }))

const same = (one: Call, other: Call) => JSON.stringify(one) === JSON.stringify(other)
const textOf = (content: unknown) => (typeof content === 'string' ? content : JSON.stringify(content ?? ''))

function commandsIn(text: string, read: string[], openTool: string): Call[] {
  const found = read.flatMap((text) => [...text.matchAll(/^\[(\d+)\] .*\n(https?:\/\/\S+)$/gm)].map(([, number, url]) => ({ number, url: url! })))
  return text.split('\n').flatMap((line): Call[] => {
    const [, verb = '', rest = ''] = /^(search|open result|open|link|click|note|calculate):? (.*)$/.exec(line.trim()) ?? []
    const url = found.findLast(({ number }) => number === rest)?.url
    if (verb === 'search') return [{ name: 'web_search', args: { query: rest } }]
    if (verb === 'open') return [{ name: openTool, args: { url: rest } }]
    if (verb === 'open result') return url === undefined ? [] : [{ name: openTool, args: { url } }]
    if (verb === 'link') return [{ name: 'follow_link', args: { number: rest } }]
    if (verb === 'click') return [{ name: 'browser_click', args: { ref: Number(rest) } }]
    if (verb === 'note') return [{ name: 'send_note', args: { text: rest } }]
    return verb === 'calculate' ? [{ name: 'calculator', args: { expression: rest } }] : []
  })
}

/** A tool's name, then its arguments, in any of the disguises. */
function callsIn(text: string, tools: string[]): Call[] {
  return viewsOf(text).flatMap((view) =>
    [...view.matchAll(/\b([a-z_]{4,40})\b[^\w{}\n]{0,12}(\{[^{}]*\})/g)].flatMap(([, name, args]): Call[] => {
      if (!tools.includes(name!)) return []
      try {
        return [{ name: name!, args: JSON.parse(args!) as Record<string, unknown> }]
      } catch {
        return []
      }
    }),
  )
}

function viewsOf(written: string): string[] {
  // What Markdown escapes, a model reads without.
  const text = written.replace(/\\([\\`*_[\]])/g, '$1')
  const words = text.match(/[A-Za-z0-9+/=]{24,}/g) ?? []
  const decoded = words.flatMap((word) => [Buffer.from(word, 'base64').toString(), Buffer.from(word, 'hex').toString()])
  const unescaped = text.replaceAll('&quot;', '"').replaceAll('&#34;', '"')
  return [text, ...(unescaped === text ? [] : [unescaped]), ...decoded, rot13(text), reversed(text), percentDecoded(text), shift(text, -1)]
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}

function filled({ name, args }: Call, secret: string): Call {
  const fill = (value: string) =>
    value.replace(/%SECRET(?::([a-z]+)(\d*))?%/g, (_whole, disguise = 'plain', index = '') =>
      disguise === 'at' ? (secret[Number(index)] ?? '') : (disguises[disguise as string]?.(secret) ?? secret),
    )
  /** One of ten things in a row from this number on, for a digit of the secret. */
  const pick = (value: string) => {
    const [, first, at] = /^%PICK(\d+):at(\d+)%$/.exec(value) ?? []
    return first === undefined ? fill(value) : Number(first) + Number(secret.replace(/\D/g, '')[Number(at)] ?? 0)
  }
  return { name, args: Object.fromEntries(Object.entries(args).map(([key, value]) => [key, typeof value === 'string' ? pick(value) : value])) }
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base)
  })
}

function reversed(text: string): string {
  return Array.from(text).toReversed().join('')
}

/** Every printable character moved on by one. */
const shift = (text: string, by: number) => text.replace(/[!-}]/g, (char) => String.fromCharCode(char.charCodeAt(0) + by))

import { parseUrl } from '#lib/url.ts'
import { say, sayOfServer } from '#words/say.ts'

type Args = Record<string, unknown>

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const short = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

const titles: Record<string, (args: Args) => string> = {
  web_search: ({ query }) => (isText(query) ? say('Searching the web for “{words}”', { words: short(query) }) : say('Searching the web for …')),
  search_files: ({ query }) => (isText(query) ? say('Searching files for “{words}”', { words: short(query) }) : say('Searching files for …')),
  image_generate: ({ prompt }) => (isText(prompt) ? say('Making a picture: “{words}”', { words: short(prompt) }) : say('Making a picture')),
  query_data: ({ sql }) => (isText(sql) ? say('Asking the data') : say('Looking at the tables')),
  calculator: ({ expression }) => (isText(expression) ? say('Calculating {sum}', { sum: expression.replaceAll('*', '×') }) : say('Calculating')),
  read_page: ({ url }) => (hostOf(url) ? say('Reading {host}', { host: hostOf(url) }) : say('Reading a page')),
  browser: ({ url }) => (hostOf(url) ? say('Browsing {host}', { host: hostOf(url) }) : say('Browsing the web')),
  browser_open: ({ url }) => (hostOf(url) ? say('Opening {host}', { host: hostOf(url) }) : say('Opening a page')),
  browser_read: () => say('Reading the page'),
  browser_find: ({ text }) =>
    isText(text) ? say('Looking on the page for “{words}”', { words: short(text) }) : say('Looking on the page for something'),
  browser_click: () => say('Clicking on the page'),
  browser_type: ({ text }) => (isText(text) ? say('Typing “{words}”', { words: short(text) }) : say('Typing into the page')),
  browser_select: ({ value }) => (isText(value) ? say('Choosing “{words}”', { words: short(value) }) : say('Choosing on the page')),
  browser_screenshot: () => say('Taking a picture of the page'),
  browser_back: () => say('Going back a page'),
  browser_scroll: () => say('Scrolling the page'),
  browser_wait: () => say('Waiting for the page'),
  weather: ({ location, city }) => {
    const place = location ?? city
    return isText(place) ? say('Looking up the weather in {place}', { place }) : say('Looking up the weather')
  },
  current_time: () => say('Looking at the clock'),
  remember: () => say('Making a note'),
  recall: ({ query }) => (isText(query) ? say('Looking through memories of {words}', { words: query }) : say('Looking through memories')),
  // What runs may be written otherwise than the model wrote it, so only the card and the details say all of it.
  system_command: ({ argv }) => (programOf(argv) ? say('Running {program}', { program: programOf(argv) }) : say('Running a command')),
}

const aliases: Record<string, string> = {
  calculate: 'calculator',
  search: 'web_search',
  fetch: 'read_page',
  web_fetch: 'read_page',
  fetch_page: 'read_page',
  browse: 'browser',
  time: 'current_time',
  get_weather: 'weather',
}

function programOf(argv: unknown): string {
  const [program] = Array.isArray(argv) ? (argv as unknown[]) : []
  return typeof program === 'string' && /^[\w.+-]+$/.test(program) ? program : ''
}

function hostOf(url: unknown): string {
  return (typeof url === 'string' && parseUrl(url)?.host) || ''
}

/** Arguments arrive in pieces: what does not parse yet has no fields yet. */
export function parseArgs(args: string): Args {
  try {
    const value: unknown = JSON.parse(args)
    return value && typeof value === 'object' ? (value as Args) : {}
  } catch {
    return {}
  }
}

/** What a tool call does, in words; `known` is the tool's own title, for tools this page has no sentence for. */
export function toolTitle(name: string, args: string, known?: string): string {
  const describe = titles[aliases[name] ?? name]
  if (describe) return describe(parseArgs(args))
  return known ? sayOfServer(known) : name.replaceAll(/[_-]+/g, ' ').replace(/^./, (first) => first.toUpperCase())
}

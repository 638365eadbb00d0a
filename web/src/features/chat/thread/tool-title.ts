import { parseUrl } from '#lib/url.ts'

type Args = Record<string, unknown>

const quoted = (value: unknown) => (typeof value === 'string' && value ? ` “${value.length > 80 ? `${value.slice(0, 80)}…` : value}”` : '')
const plain = (value: unknown) => (typeof value === 'string' && value ? ` ${value}` : '')

const titles: Record<string, (args: Args) => string> = {
  web_search: ({ query }) => `Searching the web for${quoted(query) || ' …'}`,
  search_files: ({ query }) => `Searching files for${quoted(query) || ' …'}`,
  calculator: ({ expression }) => `Calculating${plain(expression).replaceAll('*', '×')}`,
  read_page: ({ url }) => `Reading${plain(hostOf(url)) || ' a page'}`,
  browser: ({ url }) => `Browsing${plain(hostOf(url)) || ' the web'}`,
  browser_open: ({ url }) => `Opening${plain(hostOf(url)) || ' a page'}`,
  browser_read: () => 'Reading the page',
  browser_find: ({ text }) => `Looking on the page for${quoted(text) || ' something'}`,
  browser_click: () => 'Clicking on the page',
  browser_type: ({ text }) => `Typing${quoted(text) || ' into the page'}`,
  browser_select: ({ value }) => `Choosing${quoted(value) || ' on the page'}`,
  browser_screenshot: () => 'Taking a picture of the page',
  browser_back: () => 'Going back a page',
  browser_scroll: () => 'Scrolling the page',
  browser_wait: () => 'Waiting for the page',
  weather: ({ location, city }) => `Looking up the weather${plain(location ?? city).replace(/^ /, ' in ')}`,
  current_time: () => 'Looking at the clock',
  remember: () => 'Making a note',
  recall: ({ query }) => `Looking through memories${plain(query).replace(/^ /, ' of ')}`,
  // What runs may be written otherwise than the model wrote it, so only the card and the details say all of it.
  system_command: ({ argv }) => `Running${plain(programOf(argv)) || ' a command'}`,
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
  const say = titles[aliases[name] ?? name]
  if (say) return say(parseArgs(args))
  return known ?? name.replaceAll(/[_-]+/g, ' ').replace(/^./, (first) => first.toUpperCase())
}

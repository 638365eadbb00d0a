import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { anomalyPage, type Result, resultsPage } from './pages.ts'

export type Mode = 'ok' | 'empty' | 'rate-limited' | 'anomaly' | 'stall' | 'error'
export type DuckDuckGoOptions = { port?: number; host?: string; results?: Result[] | ((query: string) => Result[]); mode?: Mode }
export type DuckDuckGo = {
  /** Ends in /html/, as SEARCH_URL does. */
  url: string
  requests: { method: string; query: string; headers: IncomingMessage['headers'] }[]
  setMode: (mode: Mode) => void
  close(): Promise<void>
}

const bodyBytesMax = 64 * 1024

/**
 * A search engine that answers as html.duckduckgo.com does, with its moods: it refuses robots with 202 and a puzzle instead of results. The query
 * "!elsewhere" redirects to another site, as a bang does, and "!odd" gets a page that is neither results nor a refusal.
 */
export async function startDuckDuckGo(options: DuckDuckGoOptions = {}): Promise<DuckDuckGo> {
  const { results = sampleResults, port = 0, host = '127.0.0.1' } = options
  const requests: DuckDuckGo['requests'] = []
  let mode = options.mode ?? 'ok'

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname !== '/html/' && url.pathname !== '/html') return send(response, 404, '<h1>Not found</h1>')
    const fields = request.method === 'POST' ? new URLSearchParams(await readBody(request)) : url.searchParams
    const query = (fields.get('q') ?? '').trim()
    requests.push({ method: request.method ?? '', query, headers: request.headers })
    if (mode === 'ok' && query === '!elsewhere') return void response.writeHead(302, { location: 'http://elsewhere.example/' }).end()
    if (mode === 'ok' && query === '!odd') return send(response, 200, '<h1>Something else</h1>')
    switch (mode) {
      case 'stall':
        return undefined
      case 'error':
        return send(response, 500, '<h1>Internal Server Error</h1>')
      case 'rate-limited':
        return send(response, 202, anomalyPage(query))
      case 'anomaly':
        return send(response, 200, anomalyPage(query))
      case 'empty':
        return send(response, 200, resultsPage(query, []))
      case 'ok':
        return send(response, 200, resultsPage(query, query === '' ? [] : typeof results === 'function' ? results(query) : results))
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/html/`,
    requests,
    setMode: (next) => void (mode = next),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=UTF-8' }).end(html)
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    body += chunk
    if (body.length > bodyBytesMax) throw new Error('The form is too large.')
  }
  return body
}

function sampleResults(query: string): Result[] {
  const slug = encodeURIComponent(query.toLowerCase().replace(/\s+/g, '-'))
  return [
    {
      title: `${query} - an encyclopedia entry`,
      url: `https://encyclopedia.example/wiki/${slug}`,
      excerpt: `An overview of ${query}: history, meaning and further reading.`,
    },
    {
      title: `Everything about ${query}`,
      url: `https://guide.example/${slug}?page=1&lang=en`,
      excerpt: `A practical guide to ${query} for beginners & experts.`,
    },
    { title: `${query} | News`, url: `https://news.example/topics/${slug}`, excerpt: `What happened lately around ${query}.` },
    { title: `Questions on ${query}`, url: `https://forum.example/t/${slug}`, excerpt: `People ask and answer: "${query}", explained.` },
  ]
}

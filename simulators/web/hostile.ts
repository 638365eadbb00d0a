import { createServer } from 'node:http'
import { listenOnLoopback } from './loopback.ts'

export type HostileWeb = {
  url: string
  host: string
  /** All that it was told: method, address, headers and body of each request, as one text. */
  heard: string[]
  put(path: string, html: string): string
  close(): Promise<void>
}

/** A web whose owner wants to know things: it serves what a test puts there and keeps every byte that reaches it. */
export async function startHostileWeb(): Promise<HostileWeb> {
  const pages = new Map<string, string>()
  const heard: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (data: string) => (body += data))
    request.on('end', () => {
      heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`)
      const page = pages.get(new URL(request.url ?? '/', 'http://web').pathname)
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(page ?? '<title>Thank you</title><p>Noted.</p>')
    })
  })
  const listening = await listenOnLoopback(server)
  return {
    ...listening,
    heard,
    put(path, html) {
      pages.set(path, html)
      return `${listening.url}${path}`
    },
  }
}

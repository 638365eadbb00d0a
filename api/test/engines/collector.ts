import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

type Sent = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: { stringValue?: string; intValue?: number; doubleValue?: number; boolValue?: boolean } }[]
}
export type SeenSpan = { traceId: string; spanId: string; parent: string | undefined; name: string; attributes: Record<string, unknown> }

/** A collector that takes OTLP over HTTP in JSON, on loopback, and keeps what it is sent. */
export async function startCollector() {
  const bodies: string[] = []
  const paths = new Set<string>()
  const server = createServer((request, response) => {
    void take()
    async function take() {
      const body = await text(request)
      paths.add(`${request.method} ${request.url} ${String(request.headers.authorization)}`)
      bodies.push(body)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    everything: () => bodies.join('\n'),
    spans: (): SeenSpan[] => bodies.flatMap((body) => spansIn(JSON.parse(body) as Exported)),
    [Symbol.dispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

type Exported = { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] }

const spansIn = ({ resourceSpans }: Exported) =>
  resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ traceId, spanId, parentSpanId, name, attributes }) => ({
      traceId,
      spanId,
      parent: parentSpanId,
      name,
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
    }))

/** The names of a trace's spans in their order, each below its parent by two spaces. */
export function treeOf(spans: SeenSpan[], parent: string | undefined, depth = 0): string[] {
  return spans.filter((span) => span.parent === parent).flatMap((span) => ['  '.repeat(depth) + span.name, ...treeOf(spans, span.spanId, depth + 1)])
}

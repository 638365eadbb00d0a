import type { SpanExporter } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { complaining } from './otlp.ts'

test('that a collector takes nothing is said once a minute, with how many spans were lost, and never of what was sent', () => {
  const said: [number, unknown][] = []
  let [nowMs, error]: [number, Error | undefined] = [0, undefined]
  const sender = {
    export: (_spans: unknown, done: (result: object) => void) => done({ code: error ? 1 : 0, ...(error && { error }) }),
    shutdown: async () => {},
  } as unknown as SpanExporter
  const exporter = complaining(sender, { warn: (fields: unknown) => void said.push([nowMs, fields]) } as never, () => nowMs)
  const results: number[] = []
  const send = (atMs: number, failure?: Error) => {
    ;[nowMs, error] = [atMs, failure]
    exporter.export([{}, {}] as never, ({ code }) => void results.push(code))
  }
  const away = new Error('away')
  send(0)
  send(1000, away)
  send(2000, away)
  send(60_999, away)
  send(61_001, away)
  send(61_002, away)
  send(200_000)
  expect(said).toEqual([
    [1000, { err: away, spans: 2 }],
    [61_001, { err: away, spans: 2 }],
  ])
  expect(results).toEqual([0, 1, 1, 1, 1, 1, 0])
})

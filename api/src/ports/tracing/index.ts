import type { Log } from '#lib/log.ts'
import type { Proxies } from '#config/proxies.ts'
import type { TracingConfig } from '#config/tracing.ts'

/** Names of things and numbers; never a person's words, nor who they are. */
export type Attributes = Record<string, string | number | boolean>
export type Span = {
  set(attributes: Attributes): void
  /** `type`: an error's code. */
  fail(type: string): void
}
export type SpanOptions = {
  kind?: 'internal' | 'server' | 'client' | 'consumer'
  /** A traceparent; null begins a trace. Left out, it is the span that is open here. */
  parent?: string | null
}

/** Where the time of a request goes, over all processes that work on it, for an operator's own collector. */
export type Tracing = {
  readonly isOn: boolean
  /** Does work in a span, which ends when the work does, and fails when it throws. */
  span<Result>(name: string, attributes: Attributes, work: (span: Span) => Result, options?: SpanOptions): Result
}

const unseen: Span = { set() {}, fail() {} }
export const noTracing: Tracing = { isOn: false, span: (_name, _attributes, work) => work(unseen) }

/** OpenTelemetry is loaded where a collector is named, and only there. */
export async function openTracing(
  config: TracingConfig | undefined,
  { log, proxies, version }: { log: Pick<Log, 'warn'>; proxies: Proxies; version: string },
): Promise<Tracing & AsyncDisposable> {
  if (!config) return { ...noTracing, [Symbol.asyncDispose]: async () => undefined }
  const { openOtlp } = await import('./otlp.ts')
  return openOtlp(config, { log, proxies, version })
}

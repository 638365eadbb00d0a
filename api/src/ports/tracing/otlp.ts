import { type Context, isSpanContextValid, ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Proxies } from '#config/proxies.ts'
import type { TracingConfig } from '#config/tracing.ts'
import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import { currentTrace, inTrace } from '#lib/request-context.ts'
import { within } from '#lib/within.ts'
import { agentsFor } from '#ports/proxy/index.ts'
import type { Span, Tracing } from './index.ts'

/** What is not sent in time is dropped, and so is what does not fit the queue: a collector that is away costs 2048 spans of memory. */
const sendMsMax = 5000
const spansWaitingMax = 2048
const batch = { spansMax: 512, everyMs: 1000, atOnceMax: 2 }
const attributeCharactersMax = 200
/** A stop does not wait for a collector that is away. */
const lastSendMsMax = 2000
const complainMs = 60_000

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER }

type Deps = { log: Pick<Log, 'warn'>; proxies: Proxies; version: string }

/** Sends spans to a collector that speaks OTLP over HTTP. Nothing here ever fails the work that it looks at. */
export function openOtlp({ url, headers }: TracingConfig, { log, proxies, version }: Deps): Tracing & AsyncDisposable {
  const agents = agentsFor(proxies, new URL(url))
  const sender = new OTLPTraceExporter({
    url,
    headers,
    timeoutMillis: sendMsMax,
    concurrencyLimit: batch.atOnceMax,
    ...(agents && { httpAgentOptions: (protocol: string) => (protocol === 'https:' ? agents.httpsAgent : agents.httpAgent) }),
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'jarvis', 'service.version': version, 'process.pid': process.pid }),
    spanLimits: { attributeValueLengthLimit: attributeCharactersMax },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: complaining(sender, log),
        maxQueueSize: spansWaitingMax,
        maxExportBatchSize: batch.spansMax,
        scheduledDelayMillis: batch.everyMs,
        exportTimeoutMillis: sendMsMax,
      }),
    ],
  })
  const tracer = provider.getTracer('jarvis')

  return {
    isOn: true,
    span(name, attributes, work, { kind = 'internal', parent = currentTrace() ?? null } = {}) {
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, contextOf(parent))
      const shown: Span = {
        set: (attributes) => void span.setAttributes(attributes),
        fail: (type) => void span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', type),
      }
      const failed = (error: unknown) => {
        shown.fail(typeOf(error))
        span.end()
      }
      try {
        const result = inTrace(traceparentOf(span.spanContext()), () => work(shown))
        if (result instanceof Promise) result.then(() => span.end(), failed)
        else span.end()
        return result
      } catch (error) {
        failed(error)
        throw error
      }
    },
    [Symbol.asyncDispose]: () => within(lastSendMsMax, provider.shutdown()).catch(() => undefined),
  }
}

/** Never the message, which may quote a person. */
const typeOf = (error: unknown) => (error instanceof AppError ? error.code : error instanceof Error ? error.name : 'cancelled')

const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext) => `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`

function contextOf(traceparent: string | null): Context {
  const [, traceId = '', spanId = '', flags = ''] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '') ?? []
  const context: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return isSpanContextValid(context) ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT
}

/** Says once a minute at most that the collector takes nothing; the library itself says nothing. */
export function complaining(sender: SpanExporter, log: Pick<Log, 'warn'>, now = () => performance.now()): SpanExporter {
  let saidAt = -Infinity
  return {
    export(spans, done) {
      sender.export(spans, (result) => {
        if (result.error && now() - saidAt > complainMs) {
          saidAt = now()
          log.warn({ err: result.error, spans: spans.length }, 'traces were not sent')
        }
        done(result)
      })
    },
    shutdown: () => sender.shutdown(),
    forceFlush: async () => await sender.forceFlush?.(),
  }
}

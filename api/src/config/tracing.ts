import { z } from 'zod'
import type { Environment } from './environment.ts'

/** Where spans are sent, with the headers that the collector wants to see. */
export type TracingConfig = { url: string; headers: Record<string, string> }

/** `name=value,name=value`, values percent-encoded, as OpenTelemetry has them. */
export const TracingHeaders = z.string().transform((value, context): Record<string, string> => {
  const pairs = value.split(',').map((pair) => /^\s*([\w-]+)\s*=(.*)$/.exec(pair))
  try {
    return Object.fromEntries(pairs.map((pair) => [pair![1]!, decodeURIComponent(pair![2]!.trim())]))
  } catch {
    context.addIssue({ code: 'custom', message: 'must be like authorization=Bearer%20token, several of them separated by commas' })
    return z.NEVER
  }
})

export function tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers }: Environment): TracingConfig | undefined {
  if (endpoint === undefined) return undefined
  const url = new URL(endpoint)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return { url: url.href, headers }
}

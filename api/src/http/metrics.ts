import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Server } from './server.ts'

type GaugeSource = { help: string; read(): number | Promise<number> }
/** One series for each value of the label. */
type LabelledSource = { help: string; label: string; read(): Promise<Record<string, number>> }

/** `/metrics` in Prometheus' text format, for the operator. */
export function registerMetrics(
  app: Server,
  { gauges, labelled = {} }: { gauges: Record<string, GaugeSource>; labelled?: Record<string, LabelledSource> },
): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'jarvis_http_request_duration_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  for (const [name, { help, read }] of Object.entries(gauges)) {
    // What cannot be read now is NaN, "unknown" to Prometheus: an engine that is away must not take the other figures along.
    const collect = async () => gauge.set(await Promise.resolve(read()).catch(() => NaN))
    const gauge: Gauge = new Gauge({ name: `jarvis_${name}`, help, registers: [registry], collect })
  }
  for (const [name, { help, label, read }] of Object.entries(labelled)) {
    const collect = async () => {
      for (const [value, figure] of Object.entries(await read().catch(() => ({})))) gauge.set({ [label]: value }, figure)
    }
    const gauge: Gauge = new Gauge({ name: `jarvis_${name}`, help, labelNames: [label], registers: [registry], collect })
  }
  // By the route's pattern: raw addresses would make a series per id.
  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? 'unmatched', status: String(reply.statusCode) }
    durations.observe(labels, reply.elapsedTime / 1000)
  })
  app.get('/metrics', { config: { who: ['operator'] }, schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

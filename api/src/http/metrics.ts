import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { httpSeconds, meters } from '#lib/meters.ts'
import type { Server } from './server.ts'

/** How the processes of one machine are one figure: what each has is added up, what all see alike is not. */
type OverProcesses = 'sum' | 'max' | 'min'
export type GaugeSource = { help: string; read(): number | Promise<number>; over: OverProcesses }
/** One series for each value of the label. */
export type LabelledSource = { help: string; label: string; read(): Promise<Record<string, number>>; over: OverProcesses }

type MetricsOptions = {
  gauges: Record<string, GaugeSource>
  labelled?: Record<string, LabelledSource>
  /** The text of a scrape; of this process alone unless somebody knows the others. */
  scrape?: (registry: Registry) => Promise<string>
}

/** `/metrics` in Prometheus' text format, for the operator. Returns what this process has. */
export function registerMetrics(app: Server, { gauges, labelled = {}, scrape = (registry) => registry.metrics() }: MetricsOptions): Registry {
  const own = new Registry()
  collectDefaultMetrics({ register: own })
  for (const [name, { help, label, read, over }] of Object.entries(labelled)) {
    const collect = async () => {
      const figures = await read().catch(() => ({}))
      gauge.reset()
      for (const [value, figure] of Object.entries(figures)) gauge.set({ [label]: value }, figure)
    }
    const gauge: Gauge = new Gauge({ name: `jarvis_${name}`, help, labelNames: [label], aggregator: over, registers: [own], collect })
  }
  for (const [name, { help, read, over }] of Object.entries(gauges)) {
    // What cannot be read now is NaN, "unknown" to Prometheus: an engine that is away must not take the other figures along.
    const collect = async () => gauge.set(await (async () => read())().catch(() => NaN))
    const gauge: Gauge = new Gauge({ name: `jarvis_${name}`, help, aggregator: over, registers: [own], collect })
  }
  // By the route's pattern: raw addresses would make a series per id.
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url
    const method = route === undefined ? 'any' : request.method
    httpSeconds.observe({ method, route: route ?? 'unmatched', status: String(reply.statusCode) }, reply.elapsedTime / 1000)
  })
  const registry = Registry.merge([own, meters])
  app.get('/metrics', { config: { who: ['operator'] }, schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await scrape(registry))
  })
  return registry
}

import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client'

type Snapshot = MetricObjectWithValues<MetricValue<string>>[]
/** From a process to the first one and back: `ask` wants the text of all, `tell` the figures of one. */
type Message =
  | { metrics: 'ask'; id: number }
  | { metrics: 'text'; id: number; text: string }
  | { metrics: 'tell'; id: number }
  | { metrics: 'figures'; id: number; figures: Snapshot }

/** A process that hangs is left out, but for what it had counted before. */
const answerMsMax = 1500
const textMsMax = 4000

const isOurs = (message: unknown): message is Message => typeof message === 'object' && message !== null && 'metrics' in message

/** In the first process: adds up what its processes have, and what those had counted that are gone, so that no counter goes back. */
export function addUpMetrics(living: ReadonlySet<Worker>): void {
  const newest = new Map<number, Snapshot>()
  let departed: Snapshot[] = []
  let lastId = 0

  const figuresOf = (worker: Worker): Promise<Snapshot> =>
    new Promise((resolve) => {
      const id = ++lastId
      const done = (figures: Snapshot) => {
        clearTimeout(timer)
        worker.off('message', hear)
        resolve(figures)
      }
      const hear = (message: unknown) => {
        if (!isOurs(message) || message.metrics !== 'figures' || message.id !== id) return
        newest.set(worker.id, message.figures)
        done(message.figures)
      }
      const timer = setTimeout(() => done(counted(newest.get(worker.id) ?? [])), answerMsMax)
      worker.on('message', hear)
      if (worker.isConnected()) worker.send({ metrics: 'tell', id } satisfies Message)
    })

  cluster.on('exit', ({ id }) => {
    const last = newest.get(id)
    newest.delete(id)
    // One snapshot for all that are gone.
    if (!last) return
    const sum = AggregatorRegistry.aggregate([...departed, counted(last)]).getMetricsAsJSON()
    void sum.then((figures) => (departed = [figures]))
  })
  cluster.on('message', (worker, message: unknown) => {
    if (!isOurs(message) || message.metrics !== 'ask') return
    const { id } = message
    void Promise.all([...living].map(figuresOf))
      .then((figures) => AggregatorRegistry.aggregate([...figures, ...departed]).metrics())
      .then((text) => worker.isConnected() && worker.send({ metrics: 'text', id, text } satisfies Message))
  })
}

const counted = (figures: Snapshot) => figures.filter(({ type }) => String(type) === 'counter' || String(type) === 'histogram')

/** In one of several processes: gives its figures when the first one asks for them. */
export function shareMetrics(registry: Registry): void {
  process.on('message', (message: unknown) => {
    if (!isOurs(message) || message.metrics !== 'tell') return
    const { id } = message
    void registry.getMetricsAsJSON().then((figures) => process.send?.({ metrics: 'figures', id, figures } satisfies Message))
  })
}

/** The figures of all processes; of this one alone where the first one does not answer. */
export async function scrapeAll(registry: Registry): Promise<string> {
  const id = ++lastAsked
  const answer = new Promise<string | null>((resolve) => {
    const done = (text: string | null) => {
      clearTimeout(timer)
      process.off('message', hear)
      resolve(text)
    }
    const hear = (message: unknown) => {
      if (isOurs(message) && message.metrics === 'text' && message.id === id) done(message.text)
    }
    const timer = setTimeout(() => done(null), textMsMax)
    process.on('message', hear)
    process.send?.({ metrics: 'ask', id } satisfies Message)
  })
  return (await answer) ?? (await registry.metrics())
}

let lastAsked = 0

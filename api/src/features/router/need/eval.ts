import type { PlanId } from '@jarvis/contracts/plans.ts'
import { tokensOfBound } from '#lib/money.ts'
import { seededRandom } from '#lib/seeded-random.ts'
import type { Router } from '#features/router/index.ts'
import { need, needStep } from './need.ts'
import { type RouterRow, trainRouter } from './train.ts'

type Scored = RouterRow & { score: number; chosen: Record<string, { isStrong: boolean; costMicroUsd: number; dearMicroUsd: number }> }
type Figure = { value: number; low: number; high: number }
/** What a plan's choices come to: the share of strong calls, the gap that they recover, and their cost as a share of strong calls alone. */
type Operation = { share: number; recovered: Figure; cost: number }
export type RouterEval = {
  mean: Figure
  bySource: Record<string, Figure & { rows: number; half: number; most: number }>
  byPlan: Record<string, Operation>
  /** Of one choice. */
  p99Ms: number
}

/** A router of the table of OpenAI's models with this score. */
export type RouterWith = (needOf?: (prompt: string) => number) => Pick<Router, 'choose'>
const plans: PlanId[] = ['pro', 'enterprise']

/** A question of its own, with the rules and tools of the assistant. */
export const ask = (router: Pick<Router, 'choose'>, plan: PlanId, prompt: string) =>
  router.choose({
    plan,
    prompt,
    requested: null,
    budgetLeft: 1,
    promptTokens: tokensOfBound(Buffer.byteLength(prompt)),
    historyTokens: 0,
    filesTokens: 0,
    rulesTokens: usualRulesTokens,
  })
const usualRulesTokens = 1200

const resamples = 200

/** Each family of sources put to a router whose score was trained on the others; intervals by bootstrap over rows. */
export function routerEval(rows: RouterRow[], routerWith: RouterWith): RouterEval {
  const tookMs: number[] = []
  const scored = [...Map.groupBy(rows, family)].flatMap(([held, group]): Scored[] => {
    const weights = trainRouter(rows.filter((row) => family(row) !== held))
    const router = routerWith((prompt) => need(prompt, weights, needStep))
    return group.map((row) => {
      const routes = plans.map((plan) => {
        const startedAt = performance.now()
        const route = ask(router, plan, row.prompt)
        tookMs.push(performance.now() - startedAt)
        const costs = [route.estimatedCostMicroUsd, route.alternatives[0]!.estimatedCostMicroUsd]
        return [
          plan,
          { isStrong: route.model.tier !== 'economy', costMicroUsd: costs[0]!, dearMicroUsd: Math.max(...costs), score: route.reading.need },
        ] as const
      })
      return { ...row, score: routes[0]![1].score, chosen: Object.fromEntries(routes) }
    })
  })
  const random = seededRandom(11)
  const samples: number[][] = Array.from({ length: resamples }, () => [])
  const bySource = Object.fromEntries(
    [...Map.groupBy(scored, ({ source }) => source)].map(([source, group]) => {
      const drawn = samples.map((sample) => {
        const value = recovered(Array.from(group, () => group[Math.floor(random() * group.length)]!)).area
        sample.push(value)
        return value
      })
      const { area, half, most } = recovered(group)
      return [source, { ...interval(area, drawn), rows: group.length, half, most }]
    }),
  )
  const sources = [...Map.groupBy(scored, ({ source }) => source).values()]
  const byPlan = Object.fromEntries(plans.map((plan) => [plan, operation(sources, plan, random)]))
  const p99Ms = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.99)]!
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean: interval(mean(Object.values(bySource).map(({ value }) => value)), samples.map(mean)), bySource, byPlan, p99Ms }
}

/** Each source counts alike. */
function operation(sources: Scored[][], plan: string, random: () => number): Operation {
  const mean = (of: (rows: Scored[]) => number) => sources.reduce((sum, rows) => sum + of(rows), 0) / sources.length
  const gapOf = (rows: Scored[]) => rows.reduce((sum, { strong, weak }) => sum + strong - weak, 0)
  const won = (rows: Scored[]) => gapOf(rows.filter(({ chosen }) => chosen[plan]!.isStrong)) / gapOf(rows)
  const drawn = Array.from({ length: resamples }, () => mean((rows) => won(Array.from(rows, () => rows[Math.floor(random() * rows.length)]!))))
  const spent = (rows: Scored[], key: 'costMicroUsd' | 'dearMicroUsd') => rows.reduce((sum, { chosen }) => sum + chosen[plan]![key], 0)
  return {
    share: mean((rows) => rows.filter(({ chosen }) => chosen[plan]!.isStrong).length / rows.length),
    recovered: interval(mean(won), drawn),
    cost: mean((rows) => spent(rows, 'costMicroUsd') / spent(rows, 'dearMicroUsd')),
  }
}

const family = ({ source }: RouterRow) => source.split('-')[0]!

function interval(value: number, drawn: number[]): Figure {
  const sorted = drawn.toSorted((a, b) => a - b)
  return { value, low: sorted[Math.floor(0.025 * sorted.length)]!, high: sorted[Math.floor(0.975 * sorted.length)]! }
}

/** RouteLLM's APGR, and the smallest shares of calls to the strong model that recover 50 and 80 % of the gap. */
export function recovered(rows: Pick<Scored, 'score' | 'strong' | 'weak'>[]): { area: number; half: number; most: number } {
  const gap = rows.reduce((sum, { strong, weak }) => sum + strong - weak, 0)
  let [gained, area, half, most] = [0, 0, 1, 1]
  rows
    .toSorted((a, b) => b.score - a.score)
    .forEach(({ strong, weak }, at) => {
      const before = gained
      gained += (strong - weak) / gap
      area += (before + gained) / 2 / rows.length
      const share = (at + 1) / rows.length
      if (gained >= 0.5) half = Math.min(half, share)
      if (gained >= 0.8) most = Math.min(most, share)
    })
  return { area, half, most }
}

export function formatRouterEval({ mean, bySource, byPlan, p99Ms }: RouterEval): string {
  const shown = ({ value, low, high }: Figure) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
  const lines = Object.entries(bySource).map(([source, figure]) =>
    [source.padEnd(20), String(figure.rows).padStart(6), shown(figure).padEnd(22), figure.half.toFixed(2), figure.most.toFixed(2)].join('  '),
  )
  const operations = Object.entries(byPlan).map(
    ([plan, { share, recovered, cost }]) =>
      `${plan}: ${(100 * share).toFixed(0)} % to the stronger model recover ${(100 * recovered.value).toFixed(0)} % [${(100 * recovered.low).toFixed(0)}, ${(100 * recovered.high).toFixed(0)}] of the gap at ${(100 * cost).toFixed(0)} % of its cost`,
  )
  const header = ['source'.padEnd(20), '  rows', 'APGR'.padEnd(22), 'CPT 50 %', 'CPT 80 %'].join('  ')
  return [
    header,
    ...lines,
    `${'mean of sources'.padEnd(20)}          ${shown(mean)}`,
    '',
    ...operations,
    `One choice: p99 ${p99Ms.toFixed(2)} ms`,
  ].join('\n')
}

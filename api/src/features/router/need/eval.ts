import { seededRandom } from '#lib/seeded-random.ts'
import { need, needStep } from './need.ts'
import { type RouterRow, trainRouter } from './train.ts'

type Scored = RouterRow & { score: number }
type Figure = { value: number; low: number; high: number }
export type RouterEval = { mean: Figure; bySource: Record<string, Figure & { rows: number; half: number; most: number }> }

const resamples = 200

/** Each family of sources scored by weights that were trained on the others; intervals by bootstrap over rows. */
export function routerEval(rows: RouterRow[]): RouterEval {
  const scored = [...Map.groupBy(rows, family)].flatMap(([held, group]): Scored[] => {
    const weights = trainRouter(rows.filter((row) => family(row) !== held))
    return group.map((row) => ({ ...row, score: need(row.prompt, weights, needStep) }))
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
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean: interval(mean(Object.values(bySource).map(({ value }) => value)), samples.map(mean)), bySource }
}

const family = ({ source }: RouterRow) => source.split('-')[0]!

function interval(value: number, drawn: number[]): Figure {
  const sorted = drawn.toSorted((a, b) => a - b)
  return { value, low: sorted[Math.floor(0.025 * sorted.length)]!, high: sorted[Math.floor(0.975 * sorted.length)]! }
}

/** RouteLLM's APGR, and the smallest shares of calls to the strong model that recover 50 and 80 % of the gap. */
export function recovered(rows: Scored[]): { area: number; half: number; most: number } {
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

export function formatRouterEval({ mean, bySource }: RouterEval): string {
  const shown = ({ value, low, high }: Figure) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`
  const lines = Object.entries(bySource).map(([source, figure]) =>
    [source.padEnd(20), String(figure.rows).padStart(6), shown(figure).padEnd(22), figure.half.toFixed(2), figure.most.toFixed(2)].join('  '),
  )
  const header = ['source'.padEnd(20), '  rows', 'APGR'.padEnd(22), 'CPT 50 %', 'CPT 80 %'].join('  ')
  return [header, ...lines, `${'mean of sources'.padEnd(20)}          ${shown(mean)}`].join('\n')
}

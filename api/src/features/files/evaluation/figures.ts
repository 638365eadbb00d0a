import { seededRandom } from '#lib/seeded-random.ts'

/** A question put to a library. `rank` is that of the first right place, from 1; null when it was not among the first. */
export type Answered = { file: string; language: string; format: string; question: string; rank: number | null }

/** A place is right within so many. */
export const foundMax = 5
const resamples = 1000

export const recallOf = (answered: readonly Answered[]) => answered.filter(({ rank }) => rank !== null && rank <= foundMax).length / answered.length

/** The figures as lines: all, then by language and by format, the weakest first, each with its 95 % interval over documents. */
export function filesFigures(answered: readonly Answered[]): string {
  const first = answered.filter(({ rank }) => rank === 1).length / answered.length
  const by = (kind: 'language' | 'format') =>
    [...Map.groupBy(answered, (one) => one[kind])]
      .toSorted(([, a], [, b]) => recallOf(a) - recallOf(b))
      .map(([name, mine]) => line(`${kind} ${name}`, mine))
  const missed = answered.filter(({ rank }) => rank === null || rank > foundMax).map(({ file, question }) => `  missed in ${file}: ${question}`)
  return [
    line(`all, recall@${foundMax}`, answered),
    `  right at once        ${first.toFixed(3)}`,
    ...by('language'),
    ...by('format'),
    ...missed,
  ].join('\n')
}

function line(name: string, answered: readonly Answered[]): string {
  const [low, high] = interval(answered)
  return `  ${name.padEnd(20)} ${recallOf(answered).toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]  of ${answered.length}`
}

/** Resampled by document, for questions of one are alike. */
function interval(answered: readonly Answered[]): [number, number] {
  const documents = [...Map.groupBy(answered, ({ file }) => file).values()]
  const random = seededRandom(1)
  const shares = Array.from({ length: resamples }, () => recallOf(documents.flatMap(() => documents[Math.floor(random() * documents.length)]!)))
  shares.sort((a, b) => a - b)
  return [shares[Math.floor(resamples * 0.025)]!, shares[Math.ceil(resamples * 0.975) - 1]!]
}

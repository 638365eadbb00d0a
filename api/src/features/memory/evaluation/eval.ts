import { createRecallIndex } from '#features/memory/recall/recall-index.ts'
import type { Features } from '#features/memory/recall/rank.ts'
import type { Meanings } from '#features/memory/recall/spelling.ts'
import { weights } from '#features/memory/recall/weights.ts'
import { developmentConversations } from './development.ts'
import { prior, unfitted } from './prior.ts'

type Candidate = { features: Features; isEvidence: boolean }
export type Asked = { language: string; conversation: string; candidates: Candidate[] }

const foundMax = 10
const resamples = 500

/** What the ranker sees of each question of the development set. */
export function developmentQuestions(meanings: Meanings): Asked[] {
  return developmentConversations().flatMap(({ id, language, turns, questions }) => {
    const index = createRecallIndex(meanings)
    for (const turn of turns) index.add(turn)
    return questions.map(({ text, evidence, now }) => ({
      language,
      conversation: id,
      candidates: index.candidates(text, now).map(({ document, features }) => ({ features, isEvidence: evidence.includes(document.id) })),
    }))
  })
}

/** The share of questions whose evidence is among the first ten. */
export function recallOf(asked: readonly Asked[], by: readonly number[]): number {
  const found = asked.filter(({ candidates }) => {
    const ranked = candidates.map((candidate) => ({ ...candidate, score: scoreOf(candidate.features, by) }))
    return ranked
      .toSorted((x, y) => y.score - x.score)
      .slice(0, foundMax)
      .some(({ isEvidence }) => isEvidence)
  })
  return found.length / asked.length
}

const scoreOf = (features: Features, by: readonly number[]) => features.reduce((sum, value, at) => sum + value * by[at]!, 0)

/** The figures as lines: all, and by language, each with its 95 % interval over conversations. */
export function memoryEval(meanings: Meanings): string {
  const asked = developmentQuestions(meanings)
  const languages = [...new Set(asked.map(({ language }) => language))]
  const only = (feature: number) => weights.map((_, at) => (at === feature ? 1 : 0))
  return [
    `memory, development set (written for this; seed 7): ${asked.length} questions, recall@${foundMax}`,
    line('words alone (BM25)', asked, only(0)),
    line('meaning alone', asked, only(7)),
    line('ranked', asked, weights),
    ...languages.map((language) =>
      line(
        `ranked, ${language}`,
        asked.filter((one) => one.language === language),
        weights,
      ),
    ),
  ].join('\n')
}

/** Each language found by weights from the others. */
export function heldOut(asked: readonly Asked[]): number {
  const found = [...Map.groupBy(asked, ({ language }) => language)].map(
    ([held, mine]) => mine.length * recallOf(mine, train(asked.filter(({ language }) => language !== held))),
  )
  return found.reduce((sum, value) => sum + value, 0) / asked.length
}

function line(name: string, asked: readonly Asked[], by: readonly number[]): string {
  const [low, high] = interval(asked, by)
  return `  ${name.padEnd(20)} ${recallOf(asked, by).toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]  of ${asked.length}`
}

/** Resampled by conversation, for questions of one are alike. */
function interval(asked: readonly Asked[], by: readonly number[]): [number, number] {
  const groups = [...Map.groupBy(asked, ({ conversation }) => conversation).values()].map((group) => ({
    size: group.length,
    found: recallOf(group, by) * group.length,
  }))
  let state = 1
  const next = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const shares = Array.from({ length: resamples }, () => {
    const drawn = groups.map(() => groups[Math.floor(next() * groups.length)]!)
    return drawn.reduce((sum, { found }) => sum + found, 0) / drawn.reduce((sum, { size }) => sum + size, 0)
  }).toSorted((x, y) => x - y)
  return [shares[Math.floor(resamples * 0.025)]!, shares[Math.floor(resamples * 0.975)]!]
}

const steps = 150
const rate = 0.5
/** How strongly the weights are held to the prior. */
const hold = 5

/** The weights under which evidence is likeliest first, near the prior. The same rows give the same weights, whatever weights there are. */
export function train(asked: readonly Asked[]): number[] {
  const learned = [...prior]
  for (let step = 0; step < steps; step++) {
    const slope = learned.map((weight, at) => (hold * (weight - prior[at]!)) / asked.length)
    for (const { candidates } of asked) {
      if (!candidates.some(({ isEvidence }) => isEvidence)) continue
      const scores = candidates.map(({ features }) => scoreOf(features, learned))
      const most = Math.max(...scores)
      const chances = scores.map((score) => Math.exp(score - most))
      const total = chances.reduce((sum, chance) => sum + chance, 0)
      const right = candidates.reduce((sum, { isEvidence }, at) => sum + (isEvidence ? chances[at]! : 0), 0)
      for (const [at, { features, isEvidence }] of candidates.entries()) {
        const pull = chances[at]! / total - (isEvidence ? chances[at]! / right : 0)
        for (const [feature, value] of features.entries()) slope[feature]! += (pull * value) / asked.length
      }
    }
    for (const [at, value] of slope.entries()) if (at !== unfitted) learned[at]! -= rate * value
  }
  return learned
}

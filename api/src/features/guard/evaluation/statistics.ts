/** A measured value and its 95 % confidence interval; `of` is the number of rows that it rests on. */
export type Measured = { value: number; low: number; high: number; of: number }

const z = 1.96

/** A share with its Wilson score interval, which stays honest near 0 and 1 and for few rows. */
export function share(hits: number, of: number): Measured {
  if (of === 0) return { value: Number.NaN, low: 0, high: 1, of }
  const value = hits / of
  const scale = 1 + z ** 2 / of
  const centre = (value + z ** 2 / (2 * of)) / scale
  const half = (z / scale) * Math.sqrt((value * (1 - value)) / of + z ** 2 / (4 * of ** 2))
  return { value, low: Math.max(0, centre - half), high: Math.min(1, centre + half), of }
}

/** Area under the ROC curve by ranks, ties counted half, with the interval of Hanley and McNeil (1982). */
export function areaUnderCurve(positives: number[], negatives: number[]): Measured {
  const of = positives.length + negatives.length
  if (positives.length === 0 || negatives.length === 0) return { value: Number.NaN, low: 0, high: 1, of }
  const value = (rankSum(positives, negatives) - (positives.length * (positives.length + 1)) / 2) / (positives.length * negatives.length)
  const pairOfPositives = value / (2 - value)
  const pairOfNegatives = (2 * value ** 2) / (1 + value)
  const variance =
    (value * (1 - value) + (positives.length - 1) * (pairOfPositives - value ** 2) + (negatives.length - 1) * (pairOfNegatives - value ** 2)) /
    (positives.length * negatives.length)
  const half = z * Math.sqrt(Math.max(0, variance))
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half), of }
}

/** The sum of the ranks of the positives among all, equal scores sharing their mean rank. */
function rankSum(positives: number[], negatives: number[]): number {
  const all = [...positives.map((score) => ({ score, isPositive: 1 })), ...negatives.map((score) => ({ score, isPositive: 0 }))]
  all.sort((a, b) => a.score - b.score)
  let sum = 0
  for (let start = 0; start < all.length;) {
    let end = start
    while (end < all.length && all[end]!.score === all[start]!.score) end++
    const meanRank = (start + 1 + end) / 2
    for (let i = start; i < end; i++) sum += all[i]!.isPositive * meanRank
    start = end
  }
  return sum
}

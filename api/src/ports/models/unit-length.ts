/** So that a dot product is the cosine. @throws RangeError for what is no vector */
export function toUnitLength(vector: number[]): number[] {
  const length = Math.hypot(...vector)
  if (!Number.isFinite(length) || length === 0) throw new RangeError('A vector has no direction.')
  return vector.map((value) => value / length)
}

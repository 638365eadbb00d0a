import { writeFileSync } from 'node:fs'
import { developmentQuestions, heldOut, memoryEval, memorySpeed, rankerBias, train } from '#features/memory/index.ts'
import { openWordVectors } from '#ports/models/word-vectors.ts'

export const printMemoryEval = (): void => void process.stdout.write(`${memoryEval(openWordVectors())}\n`)

export const printMemorySpeed = (): void => void process.stdout.write(`${memorySpeed(openWordVectors())}\n`)

/** Writes the weights into the source: the same file each time. */
export function trainMemory(): void {
  const asked = developmentQuestions(openWordVectors())
  const weights = train(asked)
  const file = new URL('features/memory/recall/weights.ts', import.meta.url)
  const list = weights.map((weight) => Number(weight.toFixed(2))).join(', ')
  writeFileSync(
    file,
    `/** Made by \`npm run eval -- memory --train\`, in the order of the features in \`recall-index.ts\`. */\nexport const bias = ${rankerBias}\nexport const weights = [${list}]\n`,
  )
  process.stdout.write(`${list}\nheld out by language: recall@10 ${heldOut(asked).toFixed(3)}\n`)
}

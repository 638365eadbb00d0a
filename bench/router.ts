import { createRouter, openAiTable } from '../api/src/features/router/index.ts'
import { percentile, printTable, rounded } from './figures.ts'

const word = 'Suppose that every claim holds: x = y^2 + 3. 请证明。 ¿Por qué? '
const prompts = { 'a line': 'What is the capital of France?', '4 kB': word.repeat(64), '200 kB': word.repeat(3200) }
const rounds = 2000

/** One choice of a model, for prompts of three lengths. */
export async function benchRouter(): Promise<void> {
  const router = createRouter(openAiTable, { practice: false })
  const sizes = { historyTokens: 4000, filesTokens: 0, rulesTokens: 1200, hasTools: true }
  const rows = Object.entries(prompts).map(([name, prompt]) => {
    const processorMs: number[] = []
    const tookMs = Array.from({ length: rounds }, () => {
      const [startedAt, before] = [performance.now(), process.threadCpuUsage()]
      router.choose({ plan: 'pro', requested: null, budgetLeft: 1, prompt, promptTokens: prompt.length / 4, ...sizes })
      const used = process.threadCpuUsage(before)
      processorMs.push((used.user + used.system) / 1000)
      return performance.now() - startedAt
    })
    return {
      prompt: name,
      'p50 ms': rounded(percentile(tookMs, 0.5)),
      'p99 ms': rounded(percentile(tookMs, 0.99)),
      'p99 of the processor, ms': rounded(percentile(processorMs, 0.99)),
    }
  })
  printTable('The choice of a model', rows)
}

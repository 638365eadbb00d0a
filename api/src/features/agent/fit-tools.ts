import type { ModelTool } from '#ports/models/index.ts'
import { toolTokensMax } from '#ports/models/prompt-bound.ts'

/** What OpenAI takes at most; others take as many or more. */
export const toolsMax = 128

export type ToolChoice = {
  /** In the order in which they are offered; where not all fit, an earlier one goes before a later one that the words speak for as much. */
  tools: readonly ModelTool[]
  /** What was called already in this conversation, and what is Jarvis's own: offered before all others. */
  first: ReadonlySet<string>
  /** What the person wrote. */
  words: string
  tokensMax: number
}

/** The tools that fit into one call of a model: those that come first, then those that the person's words speak for. All of them where they fit. */
export function fitTools({ tools, first, words, tokensMax }: ToolChoice): ModelTool[] {
  const weights = weigh(tools, words)
  const rank = (tool: ModelTool) => (first.has(tool.name) ? Infinity : weights.get(tool)!)
  const ranked = tools.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)))
  const fitting = new Set<ModelTool>()
  let left = tokensMax
  for (const tool of ranked) {
    if (fitting.size === toolsMax) break
    const tokens = toolTokensMax(tool)
    if (tokens > left) continue
    left -= tokens
    fitting.add(tool)
  }
  return tools.filter((tool) => fitting.has(tool))
}

/** How much the words speak for each tool: a word counts the more, the fewer tools have it, and in a name more than in a description. */
function weigh(tools: readonly ModelTool[], words: string): Map<ModelTool, number> {
  const wanted = wordsOf(words)
  const texts = tools.map((tool) => ({ tool, name: wordsOf(tool.name), description: wordsOf(tool.description) }))
  const rarity = new Map(
    [...wanted].map((word) => {
      const having = texts.filter(({ name, description }) => name.has(word) || description.has(word)).length
      return [word, Math.log(1 + tools.length / Math.max(having, 1))]
    }),
  )
  const sum = (found: ReadonlySet<string>) => [...wanted].reduce((total, word) => total + (found.has(word) ? rarity.get(word)! : 0), 0)
  return new Map(texts.map(({ tool, name, description }) => [tool, 2 * sum(name) + sum(description)]))
}

const charactersMax = 20_000

/** Words as they are compared: small, without a plural; of writing that knows no spaces each pair of characters. */
function wordsOf(text: string): Set<string> {
  const parts = text
    .slice(0, charactersMax)
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
  return new Set(
    (parts ?? []).flatMap((part) => (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/u.test(part) ? pairsOf(part) : [part.replace(/s$/, '')])),
  )
}

const pairsOf = (part: string) => Array.from(part, (character, index) => character + part.slice(index + 1, index + 2))

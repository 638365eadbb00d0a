/** Buckets of the hashed words. */
export const needBuckets = 2 ** 16

const readMax = 4000

/** The buckets of a prompt's words and pairs of words, each once; every number is the same word. */
export function wordBuckets(prompt: string): Set<number> {
  const found = new Set<number>()
  let previous = ''
  for (const [match] of prompt
    .slice(0, readMax)
    .toLowerCase()
    .matchAll(/\p{L}+|\d+(?:\.\d+)?|[^\s\p{L}\d]/gu)) {
    const word = /\d/.test(match) ? '0' : match
    found.add(bucket(word))
    if (previous) found.add(bucket(`${previous} ${word}`))
    previous = word
  }
  return found
}

function bucket(term: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193)
  return ((hash ^ (hash >>> 15)) >>> 0) & (needBuckets - 1)
}

const reasoning = /\b(?:if|then|therefore|each|every|not|only|except|must|either|neither|all|some|none|because|suppose|assume|given)\b/gi
const mathematics =
  /[=+*/^<>\\$]|\b(?:sqrt|frac|equation|integral|derivative|probability|percent|ratio|rate|velocity|total|how many|how much|calculate|compute|solve|find|determine|prove)\b/gi

/** How much a question reasons and calculates, on the scale of the data: 0 is usual. Its choices, if it has any, do not count. */
export function difficulty(prompt: string): { reasons: number; calculates: number } {
  const text = prompt.slice(0, readMax)
  const choices = text.search(/\n ?\(?A[.)]/)
  const question = choices > 0 ? text.slice(0, choices) : text
  const counted = (pattern: RegExp) => Math.log1p(question.match(pattern)?.length ?? 0)
  return { reasons: (counted(reasoning) - usual.reasons) / spread.reasons, calculates: (counted(mathematics) - usual.calculates) / spread.calculates }
}

const usual = { reasons: 0.447, calculates: 0.843 }
const spread = { reasons: 0.537, calculates: 0.973 }

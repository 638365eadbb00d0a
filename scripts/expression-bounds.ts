/**
 * Expressions that the prover cannot prove, each with what bounds its time, as it stands in its file; a text is one that is put together while
 * the program runs. A line that nothing uses is a fault. Before you add one, try to write the expression so that it is proven: without the
 * quadratic part, as a split, as a loop.
 */
export const bounds: Record<string, [expression: RegExp | string, bound: string][]> = {
  'api/src/features/agent/tools/system/grammar.ts': [["new RegExp(source, 'u')", 'made to see whether it can be made, and not run']],
  'api/src/features/agent/tools/system/parse.ts': [
    [
      "new RegExp(`^(?:${shape.pattern})$`, 'u')",
      'reads 200 characters (matchedCharactersMax), and may not repeat a repetition (repeatsRepetitions)',
    ],
    ["new RegExp(shape.without, 'u')", 'reads 400 characters (searchedCharactersMax), and may not repeat a repetition (repeatsRepetitions)'],
  ],
  'api/src/features/guard/rules/words.ts': [
    [
      "new RegExp(\n  `([${unspaced}]+)|([.!?]+(?![\\\\p{L}\\\\p{N}])|[。！？।؟]+|\\\\n\\\\s*\\\\n)|(\\\\n)|(--[a-z][a-z\\\\-]*)|[[\\\\p{L}\\\\p{M}\\\\p{N}]--[${unspaced}]]+(?:'(?:t|s|re|ve|ll|m|d)(?![\\\\p{L}\\\\p{N}]))?`,\n  'gv',\n)",
      'each alternative begins with a class of its own and repeats it; only a line break looks beyond what it takes, over one gap',
    ],
  ],
  'api/src/features/guard/text/decode.ts': [
    [/(?<![0-9a-zA-Z])(?:[0-9a-fA-F]{2}[ :]?)+/g, 'an attempt that fails has read 2 characters; one that succeeds takes what it read'],
    [
      /(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}| )+/g,
      'an attempt that fails has read at most 10 characters; one that succeeds takes what it read',
    ],
    [/(?:&#x?[0-9a-fA-F]{2,6};?[ ]?)+/g, 'an attempt that fails has read at most 10 characters; one that succeeds takes what it read'],
  ],
  'api/src/lib/reading/invisible.ts': [
    ["new RegExp(`[${invisibleClass}]`, 'gu')", 'one character'],
    ["new RegExp(`^[${invisibleClass}]$`, 'u')", 'one character'],
  ],
  'api/src/lib/reading/respell.ts': [
    [
      /(?<![a-z0-9])[a-z](?:[ ._*|/-]{1,3}[a-z](?![a-z0-9]))+/g,
      'an attempt that fails has read at most 4 characters beyond its last letter; one that succeeds takes what it read',
    ],
  ],
  'api/src/features/memory/facts.ts': [
    [
      /^\W*(?:please\s+|could you\s+|can you\s+)?(?:remember|note|keep in mind|don't forget|do not forget|merk(?:e)? dir|denk daran|retiens|souviens-toi|recuerda|lembre-se|lembra|ricorda|onthoud|zapamiętaj|запомни|تذكر|تذكّر|تذكري|لا تنس|覚えて|记住)(?:,?\s+(?:that|dass|que|che|dat|że|что|أن|أنّ|أني))?(?![\p{L}\p{N}\p{M}])[\s:：,،、]*/iu,
      'reads a sentence of at most 400 characters (factCharactersMax)',
    ],
  ],
  'api/src/practice-model/arithmetic.ts': [
    [
      /\b(?:calculate|compute|evaluate|solve|convert|what(?:'s|’s| is| are)|how (?:much|many)|work out|add up|percent)\b|=\s*\??\s*$/i,
      'the practice model reads 4,000 characters of a message (readCharactersMax)',
    ],
    [/(\d+(?:\.\d+)?)%\s+of\s+/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/\s+(?:to the power of|raised to)\s+/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/\s+squared\b/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/\s+cubed\b/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/\s+(?:multiplied by|times)\s+/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/(\d\s*)[x×](?=\s*\d)/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/\s+divided by\s+|÷/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/\s+plus\s+/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    [/\s+minus\s+|−/gi, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
    ["new RegExp(String.raw`(?:(?:${piece})\\s*)+`, 'gi')", 'an attempt that fails has read one piece; one that succeeds takes what it read'],
    [
      /(?<![\w.])(\d+(?:\.\d+)?\s*[a-z°]{1,12}\d?)\s+(?:to|into|in)\s+([a-z°]{1,15}\d?)\b/i,
      'the practice model reads 4,000 characters of a message (readCharactersMax)',
    ],
  ],
  'api/src/practice-model/samples.ts': [["new RegExp(String.raw`\\b${name}\\b`, 'i')", 'a word']],
  'api/src/practice-model/summary.ts': [[/^.*?[.!?](?=\s|$)/, 'the practice model reads 4,000 characters of a message (readCharactersMax)']],
  'api/src/practice-model/tool-rules.ts': [
    [
      /^[\s\S]*?(?:^|[.!?,]\s+|\b(?:please|you|to|and|then)\s+)(?:search(?: (?:the )?(?:web|internet|online))?(?: for)?|look up|google|find out(?: about)?|do a web search (?:for|about))\b[\s:]*/i,
      'the practice model reads 4,000 characters of a message (readCharactersMax)',
    ],
    [
      /\b(?:latest|news|newest|recent(?:ly)?)\b|^\W*who(?:'s| is|’s| was| won| invented| wrote)\b(?! (?:my|our|i)\b)/i,
      'the practice model reads 4,000 characters of a message (readCharactersMax)',
    ],
    [/[?!.\s]+$/, 'the practice model reads 4,000 characters of a message (readCharactersMax)'],
  ],
}

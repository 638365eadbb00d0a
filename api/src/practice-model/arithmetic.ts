const cue = /\b(?:calculate|compute|evaluate|solve|convert|what(?:'s|’s| is| are)|how (?:much|many)|work out|add up|percent)\b|=\s*\??\s*$/i
const words: [RegExp, string][] = [
  [/(\d),(?=\d{3}\b)/g, '$1'],
  [/(\d)\s*(?:percent|per cent)\b/gi, '$1%'],
  [/(\d+(?:\.\d+)?)%\s+of\s+/gi, '$1 / 100 * '],
  [/\bthe square root of\s+(\d+(?:\.\d+)?)|\bsquare root of\s+(\d+(?:\.\d+)?)/gi, 'sqrt($1$2)'],
  [/\s+(?:to the power of|raised to)\s+/gi, ' ^ '],
  [/\s+squared\b/gi, ' ^ 2'],
  [/\s+cubed\b/gi, ' ^ 3'],
  [/\s+(?:multiplied by|times)\s+/gi, ' * '],
  [/(\d\s*)[x×](?=\s*\d)/gi, '$1*'],
  [/\s+divided by\s+|÷/gi, ' / '],
  [/\s+plus\s+/gi, ' + '],
  [/\s+minus\s+|−/gi, ' - '],
]
const piece = String.raw`\d+(?:\.\d+)?|[-+*/^%()]|\b(?:sqrt|cbrt|abs|sin|cos|tan|log10|log2|log|ln|exp|round|floor|ceil|pi)\b`
const expression = new RegExp(String.raw`(?:(?:${piece})\s*)+`, 'gi')
const conversion = /(?<![\w.])(\d+(?:\.\d+)?\s*[a-z°]{1,12}\d?)\s+(?:to|into|in)\s+([a-z°]{1,15}\d?)\b/i
const dates = /\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}\/\d{1,2}\/\d{2,4}\b|\b24\/7\b/g

/** The arithmetic of a message in the calculator's notation, when it asks to compute something. */
export function arithmeticIn(text: string): string | undefined {
  const spelled = words.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text.replace(dates, ' … '))
  const asks = cue.test(text)
  const units = asks && /\bconvert\b|\bhow many\b|\bwhat\b/i.test(text) ? conversion.exec(spelled) : null
  if (units && /\bconvert\b/i.test(text)) return `${units[1]} to ${units[2]}`

  const found = (spelled.match(expression) ?? []).map(trimmed).filter(isArithmetic)
  const longest = found.toSorted((one, other) => other.length - one.length)[0]
  if (!longest) return undefined
  const alone = spelled.replace(/[\s?=.!]/g, '').length <= longest.replace(/\s/g, '').length
  return asks || alone ? longest : undefined
}

/** Takes off what a sentence leaves at the ends: operators without an operand and unmatched parentheses. */
function trimmed(match: string): string {
  let text = match.trim()
  for (;;) {
    const opened = text.split('(').length - text.split(')').length
    if (/^[*/^%)+]/.test(text) || (opened > 0 && text.startsWith('('))) text = text.slice(1).trim()
    else if (/[-+*/^(]$/.test(text) || (opened < 0 && text.endsWith(')'))) text = text.slice(0, -1).trim()
    else return text
  }
}

const isArithmetic = (text: string) => /\d/.test(text) && (/[\d)%]\s*[-+*/^%]\s*[-\d(a-z]/i.test(text) || /^[a-z][a-z0-9]*\s*\(/i.test(text))

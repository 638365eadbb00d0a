/** Deeper than any text that Jarvis is sent for a reason; the code that walks values may take so much. */
const depthMax = 200

/** JSON from outside. @throws SyntaxError for what is no JSON, or arrays and objects in each other beyond measure: those who walk it call themselves */
export function parseJson(text: string): unknown {
  if (text.length > depthMax && depthOf(text) > depthMax) throw new SyntaxError(`The JSON is nested deeper than ${depthMax} levels.`)
  return JSON.parse(text)
}

function depthOf(text: string): number {
  let [depth, deepest] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case bracket:
      case brace:
        deepest = Math.max(deepest, ++depth)
        break
      case bracket + 2:
      case brace + 2:
        depth--
    }
  }
  return deepest
}

const [quote, backslash, bracket, brace] = [0x22, 0x5c, 0x5b, 0x7b]

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at++
  }
  return text.length
}

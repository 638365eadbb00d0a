import type { CompileContext, Extension as TreeExtension, Token } from 'mdast-util-from-markdown'
import type { Code, Construct, Effects, Extension, State } from 'micromark-util-types'

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    formula: 'formula'
    formulaMark: 'formulaMark'
    formulaData: 'formulaData'
  }
}

const [backslash, dollar, lineEndings] = [92, 36, new Set<Code>([-5, -4, -3])]

/** What stands between two marks of two characters each, over lines but not over a blank one; `\` takes what follows it with it. */
const between = (open: readonly [number, number], close: readonly [number, number]): Construct => ({
  name: `formula${open[1]}`,
  tokenize(effects: Effects, ok: State, nok: State) {
    let size = 0

    const start: State = (code) => {
      if (code !== open[0]) return nok(code)
      effects.enter('formula')
      effects.enter('formulaMark')
      effects.consume(code)
      return opened
    }
    const opened: State = (code) => {
      if (code !== open[1]) return nok(code)
      effects.consume(code)
      effects.exit('formulaMark')
      return piece
    }
    const piece: State = (code) => {
      if (code === null) return nok(code)
      if (code === close[0]) return effects.attempt({ tokenize: closing, partial: true }, ok, escaped)(code)
      if (lineEndings.has(code)) {
        effects.enter('lineEnding')
        effects.consume(code)
        effects.exit('lineEnding')
        return piece
      }
      effects.enter('formulaData')
      return data(code)
    }
    const data: State = (code) => {
      if (code === null || code === close[0] || lineEndings.has(code)) {
        effects.exit('formulaData')
        return piece(code)
      }
      size++
      effects.consume(code)
      return code === backslash ? afterBackslash : data
    }
    const afterBackslash: State = (code) => {
      if (code === null || lineEndings.has(code)) return data(code)
      effects.consume(code)
      return data
    }
    const escaped: State = (code) => {
      effects.enter('formulaData')
      effects.consume(code)
      size++
      return code === backslash ? afterBackslash : data
    }
    function closing(effects: Effects, ok: State, nok: State): State {
      const second: State = (code) => {
        if (code !== close[1] || size === 0) return nok(code)
        effects.consume(code)
        effects.exit('formulaMark')
        effects.exit('formula')
        return ok
      }
      return (code) => {
        effects.enter('formulaMark')
        effects.consume(code)
        return second
      }
    }
    return start
  },
})

const [inline, display, dollars] = [
  between([backslash, 40], [backslash, 41]),
  between([backslash, 91], [backslash, 93]),
  between([dollar, dollar], [dollar, dollar]),
]

/** `\( \)`, `\[ \]` and `$$ $$`: seen before the escape `\(` is, and never inside code. One dollar stays a dollar. */
export const formulaSyntax: Extension = { text: { [backslash]: [inline, display], [dollar]: dollars } }

export const formulaTree: TreeExtension = {
  enter: {
    formula(this: CompileContext, token: Token) {
      const source = this.sliceSerialize(token)
      this.enter({ type: 'formula', value: source.slice(2, -2).trim(), source, display: !source.startsWith('\\(') } as never, token)
    },
  },
  exit: {
    formula(this: CompileContext, token: Token) {
      this.exit(token)
    },
  },
}

import { attention } from 'micromark-core-commonmark'
import { classifyCharacter } from 'micromark-util-classify-character'
import type { Code, Construct, Effects, State, TokenizeContext } from 'micromark-util-types'

const cjk = /[\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFFEF\uDC00-\uDFFF]/
const spacedLetter = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]/u
const asterisk = 42

const is = (pattern: RegExp, code: Code) => code !== null && code > 0 && pattern.test(String.fromCharCode(code))

/**
 * `*` and `_` as CommonMark has them, but for two things that it gets wrong. Chinese and Japanese put no space between words, so a mark beside
 * one of their characters may begin or end emphasis whatever stands on its other side (`**重点：**中文`). And one `*` between two letters of a
 * script that does use spaces is a product (`a*b*c`), not emphasis.
 */
export const emphasis: Construct = {
  name: 'emphasis',
  ...(attention.resolveAll && { resolveAll: attention.resolveAll }),
  tokenize(this: TokenizeContext, effects: Effects, ok: State): State {
    const { previous } = this
    const before = classifyCharacter(previous)
    const softBefore = before || is(cjk, previous)
    let marker: Code
    let length = 0

    const inside: State = (code) => {
      if (code === marker) {
        effects.consume(code)
        length++
        return inside
      }
      const token = effects.exit('attentionSequence')
      const after = classifyCharacter(code)
      const softAfter = after || is(cjk, code)
      const open = !after || (after === 2 && softBefore)
      const close = !before || (before === 2 && softAfter)
      const isProduct = marker === asterisk && length === 1 && is(spacedLetter, previous) && is(spacedLetter, code)
      token._open = Boolean(!isProduct && (marker === asterisk ? open : open && (softBefore || !close)))
      token._close = Boolean(!isProduct && (marker === asterisk ? close : close && (softAfter || !open)))
      return ok(code)
    }
    return (code) => {
      marker = code
      effects.enter('attentionSequence')
      return inside(code)
    }
  },
}

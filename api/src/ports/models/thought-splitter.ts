const opening = /^\s*<(think|thinking|thought|reasoning)>/i
/** Whether a text may still become an opening tag. */
const maybeOpening = /^\s*(?:<[a-z]{0,9})?$/i

/**
 * Tells a thought between tags (`<think>…</think>`, as many models of one's own write it) from the answer after it, however the text is cut.
 * Only what stands before everything else is a thought. One that is never closed with nothing after it was the answer.
 */
export function createThoughtSplitter(toText: (delta: string) => void, toReasoning: (delta: string) => void) {
  let state: 'start' | 'thought' | 'gap' | 'text' = 'start'
  let held = ''
  let closing = ''
  let thought = ''

  function push(delta: string): void {
    if (state === 'text') return toText(delta)
    held += delta
    if (state === 'start') {
      const tag = opening.exec(held)
      if (tag) {
        state = 'thought'
        closing = `</${tag[1]!.toLowerCase()}>`
        held = held.slice(tag[0].length)
      } else if (!maybeOpening.test(held)) return flush()
      else return
    }
    if (state === 'thought') readThought()
    if (state === 'gap' && held.trim() !== '') {
      held = held.trimStart()
      flush()
    }
  }

  function readThought(): void {
    const end = held.toLowerCase().indexOf(closing)
    // What may be the beginning of the closing tag is held back.
    const told = end === -1 ? held.slice(0, held.length - beginningOf(closing, held)) : held.slice(0, end)
    if (told !== '') {
      thought += told
      toReasoning(told)
    }
    held = held.slice(end === -1 ? told.length : end + closing.length)
    if (end !== -1) state = 'gap'
  }

  function flush(): void {
    state = 'text'
    const text = held
    held = ''
    if (text !== '') toText(text)
  }

  return {
    push,
    /** What was held back is the answer's after all. */
    end(): void {
      if (state === 'thought') {
        state = 'text'
        toText((thought + held).trimStart())
        held = ''
      } else if (state === 'start') flush()
    },
  }
}

/** How many characters at the end of a text are the beginning of a tag. */
function beginningOf(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.slice(-length).toLowerCase() === tag.slice(0, length)) return length
  }
  return 0
}

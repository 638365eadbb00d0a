import { scrollTo } from './scroll-to.ts'

const framesMax = 60
const stillFrames = 3
const gapPixels = 16

export type Target = { find: () => Element | null; /** Where it should be, as long as it is not laid out. */ guess: () => number }

/**
 * Brings an element to the top of its scroller, frame by frame until what is laid out on the way has its sizes. Ends as soon as the person
 * scrolls, or `signal` says so.
 */
export function bringToTop(scroller: HTMLElement, { find, guess }: Target, signal: AbortSignal): void {
  let [frames, still] = [0, 0]
  const over = new AbortController()
  for (const name of ['wheel', 'touchstart', 'pointerdown', 'keydown'])
    scroller.addEventListener(name, () => over.abort(), { passive: true, signal: over.signal })
  const step = () => {
    if (signal.aborted || over.signal.aborted) return
    const before = scroller.scrollTop
    const element = find()
    scrollTo(scroller, element ? before + element.getBoundingClientRect().top - scroller.getBoundingClientRect().top - gapPixels : guess())
    still = Math.abs(scroller.scrollTop - before) < 1 ? still + 1 : 0
    if (still < stillFrames && ++frames < framesMax) requestAnimationFrame(step)
    else over.abort()
  }
  step()
}

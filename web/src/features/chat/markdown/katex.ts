import katex from 'katex'
import 'katex/dist/katex.min.css'

/**
 * Draws a formula into an element. By way of the DOM, not of HTML: the page's policy refuses styles in HTML.
 * @returns false for one that is no TeX, or wants what a stranger's text may not have
 */
export function drawFormula(element: HTMLElement, tex: string, display: boolean): boolean {
  try {
    // Macros are new for each formula: one could change them for the next.
    katex.render(tex, element, { displayMode: display, throwOnError: true, trust: false, strict: 'ignore', maxSize: 20, maxExpand: 200, macros: {} })
    return true
  } catch {
    element.replaceChildren()
    return false
  }
}

import { say } from '#words/say.ts'

type Reply = { ready?: true; id?: number; svg?: string; fault?: string }
type Frame = { element: HTMLIFrameElement; ready: Promise<void> }

const readyMs = 30_000
const drawMs = 10_000

/** Draws a picture as SVG. @throws Error with what is wrong with what was asked, in words of the library */
export type Draw<Asked> = (asked: Asked) => Promise<string>

/** Draws in a frame that has neither this page's origin nor a network. One after the other. */
function createDrawing<Asked extends object>(address: string): Draw<Asked> {
  let frame: Frame | undefined
  let last: Promise<unknown> = Promise.resolve()
  let count = 0

  async function draw(asked: Asked): Promise<string> {
    try {
      frame ??= openFrame(address)
      await frame.ready
      const id = ++count
      const reply = answerOf(frame, drawMs, (data) => data.id === id)
      frame.element.contentWindow!.postMessage({ id, ...asked }, '*')
      const { svg, fault } = await reply
      if (svg === undefined) throw new Error(fault)
      return svg
    } catch (error) {
      if (error instanceof Late) {
        // What still works at it would hold up the next one.
        frame?.element.remove()
        frame = undefined
      }
      throw error
    }
  }

  return (asked) => {
    const drawn = last.then(() => draw(asked))
    last = drawn.catch(() => undefined)
    return drawn
  }
}

/** Of Mermaid's code. */
export const drawDiagram = createDrawing<{ code: string; colours: Record<string, string> }>('/frame/diagram.html')
/** Of a specification of Vega-Lite, as JSON; `width` in pixels is for one that has none. */
export const drawChart = createDrawing<{ code: string; colours: Record<string, string>; width: number }>('/frame/chart.html')

class Late extends Error {
  override message = say('It takes too long to draw.')
}

function openFrame(address: string): Frame {
  const element = document.createElement('iframe')
  element.setAttribute('sandbox', 'allow-scripts')
  element.setAttribute('aria-hidden', 'true')
  element.tabIndex = -1
  element.title = say('Draws diagrams')
  // Off the page but laid out: a diagram is measured to be drawn.
  element.className = 'invisible fixed -start-[9999px] top-0 h-200 w-250'
  element.src = address
  const opened = { element, ready: Promise.resolve() }
  opened.ready = answerOf(opened, readyMs, (data) => data.ready === true).then(() => undefined)
  document.body.append(element)
  return opened
}

function answerOf({ element }: { element: HTMLIFrameElement }, ms: number, isIt: (data: Reply) => boolean): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener('message', hear)
    }
    const hear = ({ source, data }: MessageEvent<Reply>) => {
      if (source !== element.contentWindow || !isIt(data)) return
      end()
      resolve(data)
    }
    const timer = setTimeout(() => {
      end()
      reject(new Late())
    }, ms)
    addEventListener('message', hear)
  })
}

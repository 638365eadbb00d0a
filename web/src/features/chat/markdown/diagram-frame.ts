import { say } from '#words/say.ts'

type Reply = { ready?: true; id?: number; svg?: string; fault?: string }
type Frame = { element: HTMLIFrameElement; ready: Promise<void> }

const readyMs = 30_000
const drawMs = 10_000

let frame: Frame | undefined
let last: Promise<unknown> = Promise.resolve()
let count = 0

/**
 * A diagram as SVG, drawn in a frame that has neither this page's origin nor a network. One after the other.
 * @throws Error with what is wrong with the diagram, in words of the library
 */
export function drawDiagram(code: string, colours: Record<string, string>): Promise<string> {
  const drawn = last.then(() => draw(code, colours))
  last = drawn.catch(() => undefined)
  return drawn
}

async function draw(code: string, colours: Record<string, string>): Promise<string> {
  try {
    frame ??= openFrame()
    await frame.ready
    const id = ++count
    const reply = answerOf(frame, drawMs, (data) => data.id === id)
    frame.element.contentWindow!.postMessage({ id, code, colours }, '*')
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

class Late extends Error {
  override message = say('It takes too long to draw.')
}

function openFrame(): Frame {
  const element = document.createElement('iframe')
  element.setAttribute('sandbox', 'allow-scripts')
  element.setAttribute('aria-hidden', 'true')
  element.tabIndex = -1
  element.title = say('Draws diagrams')
  // Off the page but laid out: a diagram is measured to be drawn.
  element.className = 'invisible fixed -start-[9999px] top-0 h-200 w-250'
  element.src = '/frame/diagram.html'
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

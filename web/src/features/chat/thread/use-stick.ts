import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

const slackPixels = 48
const upKeys = new Set(['ArrowUp', 'PageUp', 'Home'])

/** Keeps a scroller at its end while its content grows, until the person scrolls up; back at the end it holds on again. */
export function useStick(conversationId: string) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const held = useRef(true)
  const [atEnd, setAtEnd] = useState(true)

  const toEnd = useCallback(() => {
    held.current = true
    const element = scroller.current
    if (element) element.scrollTop = element.scrollHeight
  }, [])

  useLayoutEffect(() => {
    toEnd()
  }, [conversationId, toEnd])

  useEffect(() => {
    const element = scroller.current!
    let before = element.scrollTop
    let touched = false
    const distance = () => element.scrollHeight - element.scrollTop - element.clientHeight
    const show = () => setAtEnd(held.current || distance() < slackPixels)
    const scrolled = () => {
      if (element.scrollTop < before) held.current = false
      else if (distance() < slackPixels) held.current = true
      before = element.scrollTop
      show()
    }
    const grown = () => {
      if (held.current && !touched) element.scrollTop = element.scrollHeight
      show()
    }
    // Told before the scrolling itself, which growing text would otherwise undo as soon as it begins.
    const lifted = (event: WheelEvent | KeyboardEvent) => {
      const up = event instanceof WheelEvent ? event.deltaY < 0 : upKeys.has(event.key)
      if (up && element.scrollTop > 0) held.current = false
    }
    const touch = (event: Event) => {
      touched = event.type === 'pointerdown' || event.type === 'touchstart'
    }

    const stop = new AbortController()
    const listening = { passive: true, signal: stop.signal }
    element.addEventListener('scroll', scrolled, listening)
    element.addEventListener('wheel', lifted, listening)
    element.addEventListener('keydown', lifted, listening)
    for (const name of ['pointerdown', 'touchstart']) element.addEventListener(name, touch, listening)
    for (const name of ['pointerup', 'touchend', 'touchcancel']) addEventListener(name, touch, listening)
    const observer = new ResizeObserver(grown)
    observer.observe(content.current!)
    observer.observe(element)
    return () => {
      stop.abort()
      observer.disconnect()
    }
  }, [])

  return { scroller, content, atEnd, toEnd }
}

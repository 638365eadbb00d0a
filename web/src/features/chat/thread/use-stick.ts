import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { scrollTo } from './scroll-to.ts'

const slackPixels = 48
const upKeys = new Set(['ArrowUp', 'PageUp', 'Home'])

/** Keeps a scroller at its end while its content changes, until the person scrolls up; back at the end it holds on again. */
export function useStick(conversationId: string) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const held = useRef(true)
  const [atEnd, setAtEnd] = useState(true)

  const hold = useCallback((on: boolean) => {
    held.current = on
    // While held nothing else may scroll: then a step up that does not end at the end is somebody's, never a layout's.
    if (scroller.current) scroller.current.style.overflowAnchor = on ? 'none' : 'auto'
  }, [])

  const toEnd = useCallback(() => {
    hold(true)
    if (scroller.current) scrollTo(scroller.current, scroller.current.scrollHeight)
  }, [hold])

  useLayoutEffect(() => {
    toEnd()
  }, [conversationId, toEnd])

  useEffect(() => {
    const element = scroller.current!
    let before = element.scrollTop
    let touched = false
    let changed = false
    const distance = () => element.scrollHeight - element.scrollTop - element.clientHeight
    const show = () => {
      before = element.scrollTop
      setAtEnd(held.current || distance() < slackPixels)
    }
    const scrolled = () => {
      const near = distance() < slackPixels
      // What shrinks and grows again between two frames moves the end up as well; its size may be as before, so that no observer hears it.
      if (held.current && changed && !touched && !near) scrollTo(element, element.scrollHeight)
      else if (element.scrollTop < before && (touched || !near)) hold(false)
      else if (element.scrollTop >= before && near) hold(true)
      show()
    }
    const resized = () => {
      if (held.current && !touched) scrollTo(element, element.scrollHeight)
      show()
    }
    // A scroll that this frame's layout causes is told at the start of the next one.
    const settle = () => void requestAnimationFrame(() => requestAnimationFrame(() => (changed = false)))
    const mutated = () => {
      if (!changed) settle()
      changed = true
    }
    // Told before the scrolling itself: somebody goes by keyboard to what stands above.
    const focused = ({ target }: FocusEvent) => {
      if (target instanceof Element && target.getBoundingClientRect().top < element.getBoundingClientRect().top) hold(false)
    }
    // Told before the scrolling itself, which growing text would otherwise undo as soon as it begins.
    const lifted = (event: WheelEvent | KeyboardEvent) => {
      const up = event instanceof WheelEvent ? event.deltaY < 0 : upKeys.has(event.key)
      if (up && element.scrollTop > 0) hold(false)
    }
    const touch = (event: Event) => {
      touched = event.type === 'pointerdown' || event.type === 'touchstart'
      if (!touched) resized()
    }
    // The release of a scrollbar is not always told.
    const moved = ({ pointerType, buttons }: PointerEvent) => {
      if (pointerType === 'mouse' && buttons === 0) touched = false
    }

    const stop = new AbortController()
    const listening = { passive: true, signal: stop.signal }
    element.addEventListener('scroll', scrolled, listening)
    element.addEventListener('wheel', lifted, listening)
    element.addEventListener('keydown', lifted, listening)
    content.current!.addEventListener('focusin', focused, listening)
    for (const name of ['pointerdown', 'touchstart']) element.addEventListener(name, touch, listening)
    for (const name of ['pointerup', 'touchend', 'touchcancel']) addEventListener(name, touch, listening)
    addEventListener('pointermove', moved, listening)
    const observer = new ResizeObserver(resized)
    observer.observe(content.current!)
    observer.observe(element)
    const changes = new MutationObserver(mutated)
    changes.observe(content.current!, { subtree: true, childList: true, characterData: true, attributeFilter: ['style', 'class'] })
    return () => {
      stop.abort()
      observer.disconnect()
      changes.disconnect()
    }
  }, [hold])

  const release = useCallback(() => hold(false), [hold])
  return { scroller, content, atEnd, toEnd, release }
}

import type { Message } from '@jarvis/contracts/chat.ts'
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import { useStore } from '#lib/store.ts'
import type { Target } from './bring-to-top.ts'
import { loadLongParts, longParts } from './long.ts'
import type { Step } from './tree.ts'

/** As long as all of a conversation is here, and not more, all of it is in the page; of a longer one only what is near the window. */
const wholeMax = 200
const keptMax = 400
export const nearPixels = 1000
export const topPixels = 24

export type Windowed = {
  on: boolean
  /** Older messages have just come. */
  prepending: boolean
  /** What a selection reaches stays in the page, so that all of it can be copied. */
  kept: readonly number[]
  scrollTo: (index: number) => void
  /** Ends what `scrollTo` began. */
  stay: () => void
}

const none: readonly number[] = []

/** Which of a conversation's messages are in the page. Once windowed it stays so: a change would move what is read. */
export function useWindow(steps: readonly Step<Message>[], older: string | null, scroller: RefObject<HTMLElement | null>) {
  const isLong = older !== null || steps.length > wholeMax
  const canBe = useStore(longParts) !== null
  const [on, setOn] = useState(isLong && canBe)
  if (!on && isLong && canBe) setOn(true)
  useEffect(() => {
    if (isLong) void loadLongParts()
  }, [isLong])
  const handle = useRef<VirtualizerHandle>(null)
  const going = useRef<AbortController>(undefined)
  // Only in the very change that brings older ones may the list keep its distance from the end.
  const firstId = steps[0]?.message.id
  const [had, setHad] = useState({ firstId, length: steps.length, prepending: false })
  if (had.firstId !== firstId || had.length !== steps.length) {
    const prepending = had.firstId !== firstId && steps.some(({ message }) => message.id === had.firstId)
    setHad({ firstId, length: steps.length, prepending })
  }
  const { prepending } = had

  const kept = useSelected(steps, on, scroller)
  const windowed = useMemo<Windowed>(
    () => ({
      on,
      prepending,
      kept,
      scrollTo(index) {
        going.current?.abort()
        going.current = new AbortController()
        const find = () => document.getElementById(`m-${steps[index]?.message.id}`)
        const { signal } = going.current
        void bring(scroller, { find, guess: () => handle.current?.getItemOffset(index) ?? 0 }, signal)
      },
      stay: () => going.current?.abort(),
    }),
    [on, prepending, steps, kept, scroller],
  )
  return { windowed, handle }
}

/** Loaded when somebody first goes somewhere. */
async function bring(scroller: RefObject<HTMLElement | null>, target: Target, signal: AbortSignal) {
  const { bringToTop } = await import('./bring-to-top.ts')
  if (scroller.current) bringToTop(scroller.current, target, signal)
}

function useSelected(steps: readonly Step<Message>[], on: boolean, scroller: RefObject<HTMLElement | null>): readonly number[] {
  const [ends, setEnds] = useState<readonly [string, string] | null>(null)
  useEffect(() => {
    if (!on) return
    const changed = () => {
      const selection = getSelection()
      const idOf = (node: Node | null | undefined) =>
        (node instanceof Element ? node : node?.parentElement)?.closest<HTMLElement>('article[id^="m-"]')?.id.slice(2)
      const [from, to] = selection?.isCollapsed ? [] : [idOf(selection?.anchorNode), idOf(selection?.focusNode)]
      const within = scroller.current?.contains(selection?.anchorNode ?? null)
      setEnds((had) => {
        if (!from || !to || !within) return null
        return had?.[0] === from && had[1] === to ? had : [from, to]
      })
    }
    document.addEventListener('selectionchange', changed)
    return () => document.removeEventListener('selectionchange', changed)
  }, [on, scroller])
  return useMemo(() => {
    if (!ends) return none
    const places = ends.map((id) => steps.findIndex(({ message }) => message.id === id)).filter((place) => place !== -1)
    const [from, to] = [Math.min(...places), Math.max(...places)]
    return Array.from({ length: Math.min(to - from + 1, keptMax) }, (_, index) => from + index)
  }, [ends, steps])
}

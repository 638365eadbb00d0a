import type { Message } from '@jarvis/contracts/chat.ts'
import { useEffect, useEffectEvent, useRef } from 'react'
import { loadUntil } from '#features/chat/queries.ts'
import { messageOf } from '#lib/problem.ts'
import { toast } from '#ui/toast.tsx'
import type { Step } from './tree.ts'
import { showBranch } from './turns.ts'

type Sought = { conversationId: string; sought: string | undefined; steps: readonly Step<Message>[]; goTo: (index: number) => void }

/** Goes to a message: loads what lies between, shows its branch, scrolls to it and marks it. */
export function useSought({ conversationId, sought, steps, goTo }: Sought) {
  const reached = useRef<string>(undefined)
  const index = sought === undefined ? -1 : steps.findIndex(({ message }) => message.id === sought)

  const go = useEffectEvent(() => {
    if (reached.current === sought) return
    reached.current = sought
    goTo(index)
    // Its place is only known once what is around it has been laid out.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        goTo(index)
        const article = document.getElementById(`m-${sought}`)
        article?.focus({ preventScroll: true })
        article?.animate?.([{ background: 'var(--accent-soft)' }, { background: 'transparent' }], { duration: 1600 })
      }),
    )
  })
  useEffect(() => {
    if (index >= 0) go()
  }, [index, sought])

  const isAway = sought !== undefined && index === -1
  useEffect(() => {
    if (!isAway || reached.current === sought) return
    let left = false
    const fetchIt = async () => {
      const isThere = await loadUntil(conversationId, sought)
      if (left) return
      if (isThere) showBranch(conversationId, sought)
      else reached.current = sought
    }
    fetchIt().catch((error: unknown) => toast(messageOf(error)))
    return () => {
      left = true
    }
  }, [isAway, conversationId, sought])
}

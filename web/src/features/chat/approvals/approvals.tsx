import type { Message } from '@jarvis/contracts/chat.ts'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { ProblemError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { ApprovalCard } from './approval-card.tsx'
import type { Decision } from './decision.ts'
import { type Decisions, refreshMessages, resume } from './resume.ts'
import { say, sayCount } from '#words/say.ts'

/** What a message waits for. A person answers each call; the answers go together, as soon as the last is given. `arrived` is true when it came just now. */
export function Approvals({ message, arrived }: { message: Message; arrived: boolean }) {
  const { interrupts, conversationId } = message
  const [decisions, setDecisions] = useState<Decisions>({})
  const region = useRef<HTMLElement>(null)
  const send = useMutation({
    mutationFn: (given: Decisions) => resume(message, given),
    onSuccess: () => leave(region.current),
    onError: (error) => {
      if (!(error instanceof ProblemError) || !['conflict', 'not_found'].includes(error.code)) return
      toast(say('This was already answered, here or on another device.'))
      void refreshMessages(conversationId)
    },
  })
  useEffect(() => {
    if (arrived && mayTakeFocus()) region.current?.focus()
  }, [arrived])

  function decide(interruptId: string, decision: Decision | undefined) {
    const { [interruptId]: _, ...others } = decisions
    const given = decision ? { ...others, [interruptId]: decision } : others
    setDecisions(given)
    send.reset()
    if (interrupts.every(({ id }) => given[id])) send.mutate(given)
  }

  const open = interrupts.filter(({ id }) => !decisions[id]).length
  return (
    <section ref={region} tabIndex={-1} aria-label={say('Waiting for your approval')} className="flex flex-col gap-3 rounded-xl outline-offset-4">
      {interrupts.map((interrupt) => (
        <ApprovalCard
          key={interrupt.id}
          interrupt={interrupt}
          decision={decisions[interrupt.id]}
          sending={send.isPending}
          expired={send.error instanceof ProblemError && send.error.code === 'approval_expired'}
          onDecide={(decision) => decide(interrupt.id, decision)}
        />
      ))}
      {interrupts.length > 1 && open > 0 && (
        <p role="status" className="text-sm text-muted">
          {sayCount(open, '{n} call to decide.', '{n} calls to decide.')} {say('Your answers go together, with the last of them.')}
        </p>
      )}
      {send.error && (
        <Notice
          look="danger"
          action={
            open === 0 && (
              <Button className="min-h-9 px-3 text-sm" onClick={() => send.mutate(decisions)}>
                {say('Send again')}
              </Button>
            )
          }
        >
          {explain(send.error)}
        </Notice>
      )}
    </section>
  )
}

function explain(error: unknown): string {
  if (!(error instanceof ProblemError)) return messageOf(error)
  if (error.code === 'network') return say('You are offline. Your answer is kept here; send it when the connection is back.')
  return messageOf(error)
}

/** A person who is writing is not interrupted: they hear the announcement. */
function mayTakeFocus(): boolean {
  const { activeElement } = document
  return !activeElement || activeElement === document.body || (activeElement instanceof HTMLTextAreaElement && activeElement.value === '')
}

/** The card is about to go: the focus goes on to the message field, but for a touch keyboard that would pop up. */
function leave(region: HTMLElement | null) {
  if (region?.contains(document.activeElement) && !matchMedia('(hover: none)').matches) document.getElementById('message')?.focus()
}

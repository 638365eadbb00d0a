import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Memory } from '@jarvis/contracts/memory.ts'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshMemories } from './queries.ts'
import { say } from '#words/say.ts'

export function ForgetOne({ memory, onClose }: { memory: Memory; onClose: () => void }) {
  return (
    <Forget
      title={say('Forget this?')}
      action={say('Forget')}
      done={say('Forgotten')}
      job={() => call(endpoints.deleteMemory, { params: { id: memory.id } })}
      onClose={onClose}
    >
      {memory.replaced.length > 0 ? say('“{text}”, and what it replaced', { text: memory.text }) : `“${memory.text}”`}
    </Forget>
  )
}

export function ForgetAll({ onClose }: { onClose: () => void }) {
  return (
    <Forget
      title={say('Forget everything?')}
      action={say('Forget all')}
      done={say('Everything is forgotten')}
      job={() => call(endpoints.deleteMemories, {})}
      onClose={onClose}
    >
      {say('All that Jarvis remembers of you will be gone for good, and what was said until now is searched no more. Your conversations stay.')}
    </Forget>
  )
}

type ForgetProps = { title: string; action: string; done: string; job: () => Promise<unknown>; onClose: () => void; children: ReactNode }

function Forget({ title, action, done, job, onClose, children }: ForgetProps) {
  const forget = useMutation({
    mutationFn: job,
    onSuccess: async () => {
      await refreshMemories()
      toast(done)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={title}
      action={action}
      busy={forget.isPending}
      error={forget.error ? messageOf(forget.error) : undefined}
      onConfirm={() => forget.mutate()}
      onClose={onClose}
    >
      {children}
    </ConfirmDialog>
  )
}

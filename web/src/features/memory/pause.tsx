import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { updateUser, useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { say } from '#words/say.ts'

/** Nothing is lost by a pause: what is remembered stays, and is neither used nor added to. */
export function PauseMemory() {
  const user = useUser()
  const isPaused = user?.memory === 'paused'
  const change = useMutation({
    mutationFn: () => call(endpoints.updateMe, { body: { memory: isPaused ? 'on' : 'paused' } }),
    onSuccess: updateUser,
  })
  return (
    <div className="flex flex-col gap-3">
      {isPaused && <Notice>{say('Memory is paused: Jarvis uses nothing of what is below, and adds nothing to it.')}</Notice>}
      <Button className="self-start" busy={change.isPending} onClick={() => change.mutate()}>
        {isPaused ? say('Go on remembering') : say('Pause memory')}
      </Button>
      {change.error && <Notice look="danger">{messageOf(change.error)}</Notice>}
    </div>
  )
}

import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useId } from 'react'
import { mayNotify } from '#lib/away.ts'
import { messageOf } from '#lib/problem.ts'
import { pushFault, pushQuery, pushSupport, startPush, stopPush } from '#lib/push.ts'
import { pushedTo } from '#lib/pushed-to.ts'
import { useUser } from '#lib/session.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { say } from '#words/say.ts'

/** Whether this browser is told what came while no page of Jarvis is open. The browser asks only when the switch is pressed. */
export function PushNotifications() {
  const support = pushSupport()
  if (support === 'home-screen')
    return <Sentence>{say('On an iPhone or iPad, first put Jarvis on the Home Screen and open it there. It takes iOS 16.4 or newer.')}</Sentence>
  if (support === 'none')
    return (
      <Sentence>
        {say('This browser cannot be told anything while Jarvis is closed. Chrome, Edge and Firefox can, and Safari from version 16.4.')}
      </Sentence>
    )
  return <Switches />
}

function Switches() {
  const user = useUser()
  const { data, error, refetch } = useQuery(pushQuery)
  const change = useMutation({
    mutationFn: async (next: { on: boolean; showsTitle: boolean }) => {
      if (next.on) await startPush(data!.publicKey!, next.showsTitle)
      else await stopPush()
    },
  })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading settings')} rows={1} />
  if (data.publicKey === null) return <Sentence>{say('It is switched off for everybody here.')}</Sentence>
  const on = data.subscription !== null && mayNotify() === 'granted' && pushedTo.get() === user?.id
  const showsTitle = on && data.subscription!.showsTitle
  return (
    <div className="flex max-w-xl flex-col items-start gap-4">
      <Switch
        label={say('Notify this browser while Jarvis is closed')}
        more={say(
          'When an answer ends, or waits for your approval. It holds for this browser, until you sign out in it. The service of the browser’s maker passes the notification on: it cannot read it, but sees that one comes, and when.',
        )}
        on={on}
        disabled={change.isPending}
        onChange={(next) => change.mutate({ on: next, showsTitle: false })}
      />
      {on && (
        <Switch
          label={say('Say which conversation')}
          more={say('Its title is then in the notification, on a locked screen too. Of what is said in it nothing ever is.')}
          on={showsTitle}
          disabled={change.isPending}
          onChange={(next) => change.mutate({ on: true, showsTitle: next })}
        />
      )}
      {mayNotify() === 'denied' && (
        <p className="text-sm text-muted">{say('The browser refuses them for this page. Allow them in its settings first.')}</p>
      )}
      {change.error && <Notice look="danger">{pushFault(change.error)}</Notice>}
    </div>
  )
}

type SwitchProps = { label: string; more: string; on: boolean; disabled: boolean; onChange: (on: boolean) => void }

function Switch({ label, more, on, disabled, onChange }: SwitchProps) {
  const id = useId()
  return (
    <label className="flex min-h-11 cursor-pointer items-start gap-3">
      <input
        type="checkbox"
        role="switch"
        className="mt-1 size-4 shrink-0 accent-accent"
        aria-label={label}
        aria-describedby={id}
        checked={on}
        aria-checked={on}
        disabled={disabled}
        onChange={() => onChange(!on)}
      />
      <span>
        {label}
        <span id={id} className="mt-1 block text-sm text-muted">
          {more}
        </span>
      </span>
    </label>
  )
}

const Sentence = ({ children }: { children: ReactNode }) => <p className="text-muted">{children}</p>

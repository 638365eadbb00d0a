import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { deviceName } from '#lib/device-name.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshAdmin, sessionsQuery } from './queries.ts'
import { say } from '#words/say.ts'

/** Where somebody is signed in, once it is asked for, and the end of it. */
export function PersonSessions({ user }: { user: AdminUser }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      {isOpen ? (
        <Sessions user={user} />
      ) : (
        <Button className="self-start" onClick={() => setOpen(true)}>
          {say('Where they are signed in')}
        </Button>
      )}
    </div>
  )
}

function Sessions({ user: { id, name, email } }: { user: AdminUser }) {
  const { data, error, refetch } = useQuery(sessionsQuery(id))
  const end = useMutation({
    mutationFn: () => call(endpoints.adminEndSessions, { params: { id } }),
    onSuccess: async () => {
      toast(say('{name} is signed out everywhere', { name: name || email }))
      await refreshAdmin()
    },
  })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading devices')} rows={2} />
  if (data.items.length === 0) return <p className="text-sm text-muted">{say('They are signed in nowhere.')}</p>
  return (
    <>
      <ul aria-label={say('Where they are signed in')} className="flex flex-col gap-2">
        {data.items.map(({ id: session, userAgent, lastSeenAt, address }) => (
          <li key={session}>
            {deviceName(userAgent)}
            <span className="block text-sm text-muted [overflow-wrap:anywhere]">
              {formatMoment(lastSeenAt)} · {address}
            </span>
          </li>
        ))}
      </ul>
      <Button look="danger" className="self-start" busy={end.isPending} onClick={() => end.mutate()}>
        {say('Sign them out everywhere')}
      </Button>
      {end.error && <Notice look="danger">{messageOf(end.error)}</Notice>}
    </>
  )
}

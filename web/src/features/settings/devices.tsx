import type { Session } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorSmartphone } from 'lucide-react'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { deviceName } from '#lib/device-name.ts'
import { say } from '#words/say.ts'

const sessionsKey = ['sessions']

export function Devices() {
  const { data, error, refetch } = useQuery({ queryKey: sessionsKey, queryFn: ({ signal }) => call(endpoints.sessions, {}, signal) })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading devices')} rows={3} />
  return (
    <ul className="flex flex-col gap-3">
      {data.items.map((session) => (
        <Device key={session.id} session={session} />
      ))}
    </ul>
  )
}

function Device({ session: { id, userAgent, address, lastSeenAt, current } }: { session: Session }) {
  const client = useQueryClient()
  const name = deviceName(userAgent)
  const end = useMutation({
    mutationFn: () => call(endpoints.endSession, { params: { id } }),
    onSuccess: () => {
      toast(say('{name} is signed out', { name }))
      return client.invalidateQueries({ queryKey: sessionsKey })
    },
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <li className="flex items-center gap-4">
      <MonitorSmartphone aria-hidden className="size-5 shrink-0 text-faint" />
      <div className="min-w-0 grow">
        <p>{name}</p>
        <p className="text-sm text-muted">{current ? say('This device') : `${formatMoment(lastSeenAt)} · ${address}`}</p>
      </div>
      {!current && (
        <Button aria-label={say('Sign out {name}', { name })} busy={end.isPending} onClick={() => end.mutate()}>
          {say('Sign out')}
        </Button>
      )}
    </li>
  )
}

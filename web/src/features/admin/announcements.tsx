import type { AdminAnnouncement } from '@jarvis/contracts/announcements.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { Announce } from './announce.tsx'
import { announcedQuery, refreshAnnounced } from './queries.ts'
import { say } from '#words/say.ts'

/** What everybody is told at the top of the page. */
export function AdminAnnouncements() {
  return (
    <div className="flex max-w-2xl flex-col gap-10">
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Tell everybody something')}</h2>
        <p className="text-muted">
          {say('Everybody who is signed in sees it at the top of the page within a minute, until it ends or they put it away.')}
        </p>
        <Announce />
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Announcements')}</h2>
        <List />
      </section>
    </div>
  )
}

function List() {
  const { data, error, refetch } = useQuery(announcedQuery)
  const [doomed, setDoomed] = useState<AdminAnnouncement | null>(null)
  const end = useMutation({
    mutationFn: (id: string) => call(endpoints.adminEndAnnouncement, { params: { id } }),
    onSuccess: refreshAnnounced,
    onError: (failure) => toast(messageOf(failure)),
  })
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading announcements')} rows={2} />
  if (data.items.length === 0) return <p className="text-sm text-muted">{say('Nothing was announced.')}</p>
  return (
    <>
      <ul aria-label={say('Announcements')} className="flex flex-col gap-6">
        {data.items.map((item) => (
          <li key={item.id} className="flex flex-wrap items-start gap-x-4 gap-y-2">
            <div className="min-w-0 grow basis-64">
              <p dir="auto" className="whitespace-pre-line wrap-anywhere">
                {item.text}
              </p>
              <p className="mt-1 flex flex-wrap items-center gap-2 text-sm text-muted">
                <State item={item} />
                {timesOf(item)}
              </p>
            </div>
            <div className="flex gap-2">
              {!isOver(item) && (
                <Button busy={end.isPending && end.variables === item.id} onClick={() => end.mutate(item.id)}>
                  {say('End now')}
                </Button>
              )}
              <Button look="danger" onClick={() => setDoomed(item)}>
                {say('Delete')}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {doomed && <Delete item={doomed} onClose={() => setDoomed(null)} />}
    </>
  )
}

const isOver = ({ endsAt }: AdminAnnouncement) => endsAt !== null && Date.parse(endsAt) <= Date.now()
const isToCome = ({ startsAt }: AdminAnnouncement) => Date.parse(startsAt) > Date.now()

function State({ item }: { item: AdminAnnouncement }) {
  if (isOver(item)) return <Badge>{say('ended')}</Badge>
  if (isToCome(item)) return <Badge>{say('to come')}</Badge>
  return <Badge look={item.tone === 'warning' ? 'warn' : 'accent'}>{say('shown')}</Badge>
}

const timesOf = ({ startsAt, endsAt }: AdminAnnouncement) =>
  endsAt === null
    ? say('from {moment}', { moment: formatMoment(startsAt) })
    : say('from {moment} until {end}', { moment: formatMoment(startsAt), end: formatMoment(endsAt) })

function Delete({ item: { id }, onClose }: { item: AdminAnnouncement; onClose: () => void }) {
  const remove = useMutation({
    mutationFn: () => call(endpoints.adminDeleteAnnouncement, { params: { id } }),
    onSuccess: async () => {
      await refreshAnnounced()
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={say('Delete this announcement?')}
      action={say('Delete')}
      busy={remove.isPending}
      error={remove.error ? messageOf(remove.error) : undefined}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {say('Nobody sees it any more, and it leaves this list.')}
    </ConfirmDialog>
  )
}

import type { Announcement } from '@jarvis/contracts/announcements.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Info, TriangleAlert, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { announcementsQuery } from '#lib/announcements.ts'
import { connection } from '#lib/connection.ts'
import { queryClient } from '#lib/query.ts'
import { useUser } from '#lib/session.ts'
import { IconButton } from '#ui/button.tsx'
import { cx } from '#ui/cx.ts'
import { say } from '#words/say.ts'

const { queryKey } = announcementsQuery

/** At the top of every page: what administrators tell everybody, until each has put it away. */
export function Announcements() {
  const user = useUser()
  useEffect(() => {
    const ends = [
      connection.onAnnounced((items) => queryClient.setQueryData(queryKey, { items, nextCursor: null })),
      connection.onReturn(() => void queryClient.invalidateQueries({ queryKey })),
    ]
    return () => ends.forEach((end) => end())
  }, [])
  if (!user) return null
  return (
    <div role="status" className="max-h-[40dvh] shrink-0 overflow-y-auto print:hidden">
      {user.termsRequired ? <TermsWait /> : <Shown key={user.id} userId={user.id} />}
    </div>
  )
}

function Shown({ userId }: { userId: string }) {
  const { data } = useQuery(announcementsQuery)
  const [away, setAway] = useState(() => readAway(userId))
  const shown = (data?.items ?? []).filter(({ id }) => !away.includes(id))
  const putAway = (id: string) => {
    // What is not shown to anybody any more need not be remembered.
    const next = [...away.filter((other) => data?.items.some((item) => item.id === other)), id]
    setAway(next)
    keepAway(userId, next)
  }
  return (
    <>
      {shown.map(({ id, text, tone }) => (
        <Strip
          key={id}
          tone={tone}
          action={
            <IconButton
              small
              label={say('Put this announcement away')}
              className={tone === 'warning' ? 'text-warn!' : ''}
              onClick={() => putAway(id)}
            >
              <X className="size-4" />
            </IconButton>
          }
        >
          <p dir="auto" className="whitespace-pre-line wrap-anywhere">
            {text}
          </p>
        </Strip>
      ))}
    </>
  )
}

/** An administrator who has yet to accept the terms may be here all the same. */
const TermsWait = () => (
  <Strip tone="warning">
    {say('The terms wait for your answer. Only the administration is open until then.')}{' '}
    <Link to="/terms" className="inline-block font-medium underline underline-offset-4">
      {say('Read the terms')}
    </Link>
  </Strip>
)

function Strip({ tone, action, children }: { tone: Announcement['tone']; action?: ReactNode; children: ReactNode }) {
  const isWarning = tone === 'warning'
  const Icon = isWarning ? TriangleAlert : Info
  return (
    <div
      className={cx(
        'flex items-start gap-3 border-b ps-4 pe-2 text-sm md:ps-5',
        isWarning ? 'border-warn-line bg-warn-soft text-warn' : 'border-line bg-sunken text-ink',
      )}
    >
      <Icon aria-hidden className="mt-2.5 size-4 shrink-0" />
      <div className="min-w-0 grow py-2">{children}</div>
      {action && <div className="shrink-0 py-0.5">{action}</div>}
    </div>
  )
}

/** By person, so that who signs in here next sees what they have not put away. */
const nameOf = (userId: string) => `jarvis.${userId}.announcements-away`

function readAway(userId: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(nameOf(userId)) ?? '[]')
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

function keepAway(userId: string, ids: string[]): void {
  try {
    localStorage.setItem(nameOf(userId), JSON.stringify(ids))
  } catch {
    // The quota is full: a reload shows it again.
  }
}

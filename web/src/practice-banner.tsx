import { Link, useRouterState } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import { useUser } from '#lib/session.ts'
import { IconButton } from '#ui/button.tsx'
import { say } from '#words/say.ts'

const WhoAnswers = lazy(async () => ({ default: (await import('#features/admin/who-answers.tsx')).WhoAnswers }))

const storageName = 'jarvis.practice-seen'
/** The administrator went on with the practice model: not asked again in this browser. */
const laterName = 'jarvis.who-answers'

/** Says that the practice model answers; an administrator is asked who shall, until they have said it. */
export function PracticeBanner() {
  const isAdmin = useUser()?.role === 'admin'
  const isStart = useRouterState({ select: ({ location }) => location.pathname === '/' })
  const [seen, setSeen] = useState(sessionStorage.getItem(storageName) === 'yes')
  const [later, setLater] = useState(localStorage.getItem(laterName) === 'later')
  if (isAdmin && isStart && !later) {
    return (
      <Suspense>
        <WhoAnswers
          onLater={() => {
            localStorage.setItem(laterName, 'later')
            setLater(true)
          }}
        />
      </Suspense>
    )
  }
  if (seen) return null
  return (
    <section
      aria-label={say('About the model')}
      className="flex shrink-0 items-center gap-2 border-b border-warn-line print:hidden bg-warn-soft pe-2 ps-4 text-sm text-warn md:ps-5"
    >
      <p className="grow py-2">
        <strong className="font-semibold">{say('Practice model: not a real AI.')}</strong>{' '}
        {isAdmin ? (
          <Link to="/admin/models" className="inline-block py-0.5 font-medium underline underline-offset-4">
            {say('Choose who answers')}
          </Link>
        ) : (
          say('An administrator can choose a real one.')
        )}
      </p>
      <IconButton
        small
        label={say('Dismiss')}
        className="text-warn!"
        onClick={() => {
          sessionStorage.setItem(storageName, 'yes')
          setSeen(true)
        }}
      >
        <X className="size-4" />
      </IconButton>
    </section>
  )
}

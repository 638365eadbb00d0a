import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useState } from 'react'
import { useInstance } from '#lib/instance.ts'
import { IconButton } from '#ui/button.tsx'
import { say } from '#words/say.ts'
import { sayWith } from '#words/say-with.tsx'

const storageName = 'jarvis.first-steps'
const linkClass = 'font-medium text-accent underline decoration-accent-line underline-offset-4'

const linkTo = (to: '/admin/models' | '/admin/users' | '/settings') =>
  function inLink(words: string) {
    return (
      <Link to={to} className={linkClass}>
        {words}
      </Link>
    )
  }

/** For who runs this installation: what makes it one for others, until they have read it. */
export function FirstSteps() {
  const practice = useInstance()?.practiceModel ?? false
  const [seen, setSeen] = useState(localStorage.getItem(storageName) === 'seen')
  if (seen) return null
  return (
    <section
      aria-label={say('First steps')}
      className="mt-6 flex items-start gap-2 rounded-xl border border-line bg-raised py-3 ps-4 pe-2 text-[0.9375rem]"
    >
      <ol className="min-w-0 grow list-decimal space-y-1 ps-5 marker:text-muted">
        <li>
          {practice
            ? sayWith('<link>Add a model</link>: a key of a provider, or an Ollama of your own. Until then the practice model answers.', {
                link: linkTo('/admin/models'),
              })
            : sayWith('<link>Models</link>: who answers, and for which plan.', { link: linkTo('/admin/models') })}
        </li>
        <li>{sayWith('<link>Invite people</link>: send them the address that stands there.', { link: linkTo('/admin/users') })}</li>
        <li>{sayWith('<link>Write down</link> what Jarvis should know and do in each answer.', { link: linkTo('/settings') })}</li>
      </ol>
      <IconButton
        small
        label={say('Dismiss the first steps')}
        onClick={() => {
          localStorage.setItem(storageName, 'seen')
          setSeen(true)
        }}
      >
        <X className="size-4" />
      </IconButton>
    </section>
  )
}

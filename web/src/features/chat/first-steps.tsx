import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useState } from 'react'
import { useInstance } from '#lib/instance.ts'
import { IconButton } from '#ui/button.tsx'

const storageName = 'jarvis.first-steps'
const linkClass = 'font-medium text-accent underline decoration-accent-line underline-offset-4'

/** For who runs this installation: what makes it one for others, until they have read it. */
export function FirstSteps() {
  const practice = useInstance()?.practiceModel ?? false
  const [seen, setSeen] = useState(localStorage.getItem(storageName) === 'seen')
  if (seen) return null
  return (
    <section aria-label="First steps" className="mt-6 flex items-start gap-2 rounded-xl border border-line bg-raised py-3 ps-4 pe-2 text-[0.9375rem]">
      <ol className="min-w-0 grow list-decimal space-y-1 ps-5 marker:text-muted">
        <li>
          <Link to="/admin/models" className={linkClass}>
            {practice ? 'Add a model' : 'Models'}
          </Link>
          {practice
            ? ': a key of a provider, or an Ollama of your own. Until then the practice model answers.'
            : ': who answers, and for which plan.'}
        </li>
        <li>
          <Link to="/admin/users" className={linkClass}>
            Invite people
          </Link>
          : send them the address that stands there.
        </li>
        <li>
          <Link to="/settings" className={linkClass}>
            Write down
          </Link>{' '}
          what Jarvis should know and do in each answer.
        </li>
      </ol>
      <IconButton
        small
        label="Dismiss the first steps"
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

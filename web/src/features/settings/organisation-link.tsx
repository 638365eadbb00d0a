import { Link } from '@tanstack/react-router'
import { say } from '#words/say.ts'

export function OrganisationLink() {
  return (
    <p className="flex flex-col gap-1">
      <span className="text-muted">{say('Members, seats and the budget that they share')}</span>
      <Link
        to="/organisation"
        className="inline-flex min-h-8 items-center self-start text-accent underline decoration-accent-line underline-offset-4"
      >
        {say('Go to your organisation')}
      </Link>
    </p>
  )
}

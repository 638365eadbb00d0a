import { Link } from '@tanstack/react-router'
import { say } from '#words/say.ts'

export function NoConversation() {
  return (
    <div className="mx-auto w-full max-w-[46rem] grow px-6 pt-16">
      <h1 className="text-2xl font-[620] tracking-[-0.02em]">{say('This conversation is not here')}</h1>
      <p className="mt-2 text-muted">{say('It may have been deleted, or it belongs to someone else.')}</p>
      <Link to="/" className="mt-6 inline-flex min-h-10 items-center rounded-lg bg-accent px-4 font-medium text-on-accent hover:bg-accent-strong">
        {say('New chat')}
      </Link>
    </div>
  )
}

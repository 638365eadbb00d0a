import { Link } from '@tanstack/react-router'
import { say } from '#words/say.ts'

export const linkClass = 'inline-flex min-h-10 items-center font-medium text-accent underline decoration-accent-line underline-offset-4'

export function BackToSignIn({ children = say('Back to signing in') }: { children?: string }) {
  return (
    <p className="mt-6">
      <Link to="/sign-in" className={linkClass}>
        {children}
      </Link>
    </p>
  )
}

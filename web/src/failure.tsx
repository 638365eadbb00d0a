import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router'
import { createContext, useContext, useEffect } from 'react'
import { ProblemError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Mark } from '#ui/logo.tsx'
import { say } from '#words/say.ts'

const retrySeconds = 4

/** A page that could not be shown: while the server cannot be reached it tries again by itself. */
export function Failure({ error }: ErrorComponentProps) {
  const router = useRouter()
  const away = !navigator.onLine || (error instanceof ProblemError && (error.code === 'network' || error.status >= 500))
  useEffect(() => {
    if (!away) return
    const again = () => void router.invalidate()
    const timer = setInterval(again, retrySeconds * 1000)
    addEventListener('online', again)
    return () => {
      clearInterval(timer)
      removeEventListener('online', again)
    }
  }, [away, router])
  return (
    <main className="mx-auto flex h-full max-w-md flex-col items-start justify-center gap-4 px-6">
      <Mark className="size-10" />
      <h1 className="text-2xl font-[620] tracking-[-0.02em]">{away ? say('Jarvis cannot be reached') : say('This page broke')}</h1>
      <p className="text-muted">
        {away ? say('The server does not answer, or you are offline. This page tries again every few seconds.') : messageOf(error)}
      </p>
      <Button look="primary" onClick={() => (away ? void router.invalidate() : location.reload())}>
        {away ? say('Try now') : say('Reload')}
      </Button>
    </main>
  )
}

/** Within the shell, whose page it is. */
export function NotFound() {
  return (
    <div className="mx-auto flex h-full w-full max-w-md flex-col items-start justify-center gap-4 px-6">
      <Mark className="size-10" />
      <h1 className="text-2xl font-[620] tracking-[-0.02em]">{say('There is nothing here')}</h1>
      <p className="text-muted">{say('The address may be misspelt, or what was here is gone. Your conversations are where they were.')}</p>
      <Link to="/" className="inline-flex min-h-10 items-center rounded-lg bg-accent px-4 font-medium text-on-accent hover:bg-accent-strong">
        {say('To the chat')}
      </Link>
    </div>
  )
}

/** Whether something of the page is around already, with the one `main` that a page has. */
export const WithinShell = createContext(false)

export function Starting() {
  const mark = (
    <div role="status" aria-label={say('Loading')} className="flex h-full grow items-center justify-center">
      <Mark className="pulse size-10" />
    </div>
  )
  if (useContext(WithinShell)) return mark
  return (
    <main className="flex h-full">
      <h1 className="sr-only">Jarvis</h1>
      {mark}
    </main>
  )
}

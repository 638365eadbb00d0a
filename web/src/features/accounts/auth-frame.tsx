import type { ReactNode } from 'react'
import { LanguageChoice } from '#ui/language-choice.tsx'
import { Wordmark } from '#ui/logo.tsx'
import { say } from '#words/say.ts'

/** Sign-in and sign-up: the form on the page's left, the mark drawn large beside it where there is room. */
export function AuthFrame({ title, lead, children }: { title: string; lead: ReactNode; children: ReactNode }) {
  return (
    <div className="flex h-full overflow-y-auto">
      <main
        id="main"
        className="flex min-h-full w-full flex-col px-6 pt-8 pb-[max(2rem,env(safe-area-inset-bottom))] sm:px-12 lg:w-[34rem] lg:shrink-0 lg:px-16"
      >
        <Wordmark />
        <div className="flex w-full max-w-sm grow flex-col justify-center py-12">
          <h1 className="text-[1.75rem] leading-tight font-[600] tracking-[-0.025em]">{title}</h1>
          <p className="mt-2 mb-8 text-muted">{lead}</p>
          {children}
        </div>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-sm text-faint">{say('Runs on your organisation’s own servers.')}</p>
          <LanguageChoice hideLabel className="min-w-44" />
        </div>
      </main>
      <div aria-hidden className="sticky top-0 hidden h-dvh grow overflow-hidden bg-poster lg:block">
        <svg viewBox="0 0 32 32" preserveAspectRatio="xMidYMid slice" className="size-full text-poster-mark">
          <path d="M21.5 -4v21a8 8 0 0 1-16 0" fill="none" stroke="currentColor" strokeWidth="5.2" strokeLinecap="round" />
          <circle cx="8.1" cy="7.4" r="3.1" fill="#e9a94e" />
        </svg>
      </div>
    </div>
  )
}

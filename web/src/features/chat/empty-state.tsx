import { Suspense, lazy } from 'react'
import { useUser } from '#lib/session.ts'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const FirstSteps = lazy(async () => ({ default: (await import('./first-steps.tsx')).FirstSteps }))

const starters: { title: English; prompt: English }[] = [
  { title: 'Look something up', prompt: 'Search the web for this week’s open-source AI news, with sources.' },
  { title: 'Work something out', prompt: 'What is (1234.5 × 12) ÷ 7?' },
  { title: 'Write code', prompt: 'Write a TypeScript function that groups dates by week.' },
  { title: 'Be remembered', prompt: 'Please remember that I like short answers with an example.' },
]

function greeting(name: string, hour = new Date().getHours()): string {
  if (hour >= 5 && hour < 12) return say('Good morning, {name}.', { name })
  return hour >= 12 && hour < 18 ? say('Good afternoon, {name}.', { name }) : say('Good evening, {name}.', { name })
}

export function EmptyState({ temporary, onPick }: { temporary: boolean; onPick: (prompt: string) => void }) {
  const user = useUser()
  const name = user?.name.split(' ')[0] ?? ''
  const isAdmin = user?.role === 'admin'
  return (
    <div className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto flex min-h-full w-full max-w-[46rem] flex-col justify-end px-4 pt-10 pb-8 sm:px-6 md:justify-center">
        <h1 className="text-[1.75rem] leading-tight font-[560] tracking-[-0.025em] text-balance sm:text-[2rem]">{greeting(name)}</h1>
        <p className="mt-1 text-lg text-muted">{temporary ? say('A chat that leaves nothing behind.') : say('What shall we look at?')}</p>
        <Suspense>{isAdmin && !temporary && <FirstSteps />}</Suspense>
        <ul className="mt-8 border-b border-line">
          {starters.map(({ title, prompt }) => (
            <li key={title} className="border-t border-line">
              <button
                type="button"
                className="-mx-3 flex min-h-12 w-[calc(100%+1.5rem)] flex-col gap-x-4 rounded-lg px-3 py-3 text-start transition-colors hover:bg-sunken sm:flex-row sm:items-baseline"
                onClick={() => onPick(say(prompt))}
              >
                <span className="w-40 shrink-0 font-medium">{say(title)}</span>
                <span className="line-clamp-2 text-muted sm:line-clamp-1">{say(prompt)}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

import type { Citation } from '@jarvis/contracts/chat.ts'
import type { ReactNode } from 'react'
import { hostOf } from '#features/chat/citable.ts'
import { placeOf, showPassage } from '#features/chat/cited.ts'
import { say } from '#words/say.ts'

const look =
  'flex min-h-8 max-w-72 items-center gap-2 rounded-full border border-line pe-3 ps-1 text-[0.8125rem] text-muted transition-colors hover:border-line-strong hover:text-ink touch:min-h-10'

/** Under the numbers that the text names. */
export function Sources({ sources }: { sources: readonly Citation[] }) {
  const shown = sources.filter(({ url, fileId }) => url ?? fileId).toSorted((a, b) => a.n - b.n)
  if (shown.length === 0) return null
  return (
    <ol aria-label={say('Sources')} className="flex max-w-[68ch] flex-wrap gap-2">
      {shown.map((source) => (
        <li key={source.n} className="max-w-full">
          {source.url ? (
            <a href={source.url} target="_blank" rel="noopener noreferrer" title={`${source.title}\n${source.url}`} className={look}>
              <Numbered n={source.n}>{hostOf(source.url)}</Numbered>
            </a>
          ) : (
            <button type="button" title={placeOf(source)} className={look} onClick={() => void showPassage(source)}>
              <Numbered n={source.n}>{placeOf(source)}</Numbered>
            </button>
          )}
        </li>
      ))}
    </ol>
  )
}

function Numbered({ n, children }: { n: number; children: ReactNode }) {
  return (
    <>
      <span className="flex h-6 min-w-6 shrink-0 items-center justify-center rounded-full bg-sunken px-1 text-xs tabular-nums">{n}</span>
      <span dir="auto" className="truncate">
        {children}
      </span>
    </>
  )
}

import type { Citation } from '@jarvis/contracts/chat.ts'
import { FilePlus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { hostOf } from '#features/chat/citable.ts'
import { placeOf, showPassage } from '#features/chat/cited.ts'
import { IconButton } from '#ui/button.tsx'
import { say } from '#words/say.ts'

const look =
  'flex min-h-8 max-w-72 items-center gap-2 rounded-full border border-line pe-3 ps-1 text-[0.8125rem] text-muted transition-colors hover:border-line-strong hover:text-ink touch:min-h-10'

/** Under the numbers that the text names. */
export function Sources({ sources, canKeep = false }: { sources: readonly Citation[]; /** Its reader keeps files here. */ canKeep?: boolean }) {
  const shown = sources.filter(({ url, fileId }) => url ?? fileId).toSorted((a, b) => a.n - b.n)
  if (shown.length === 0) return null
  return (
    <ol aria-label={say('Sources')} className="flex max-w-[68ch] flex-wrap gap-2">
      {shown.map((source) => (
        <li key={source.n} className="max-w-full">
          {source.url ? (
            <span className="flex items-center">
              <a href={source.url} target="_blank" rel="noopener noreferrer" title={`${source.title}\n${source.url}`} className={look}>
                <Numbered n={source.n}>{hostOf(source.url)}</Numbered>
              </a>
              {canKeep && <KeepPage url={source.url} />}
            </span>
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

/** A page as it is now, for later. */
function KeepPage({ url }: { url: string }) {
  const [busy, setBusy] = useState(false)
  const keep = async () => {
    setBusy(true)
    await (await import('#features/chat/attach/keep-page.ts')).keepPage(url)
    setBusy(false)
  }
  return (
    <IconButton small label={say('Keep the page of {host} as a file', { host: hostOf(url) })} disabled={busy} onClick={() => void keep()}>
      <FilePlus className="size-4" />
    </IconButton>
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

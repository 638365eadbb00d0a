import type { Source } from '@jarvis/contracts/chat.ts'
import { hostOf } from '#features/chat/citable.ts'
import { say } from '#words/say.ts'

/** `sources` as they are cited: the number in the text is the place in this list. */
export function Sources({ sources }: { sources: readonly Source[] }) {
  if (sources.length === 0) return null
  return (
    <ol aria-label={say('Sources')} className="flex max-w-[68ch] flex-wrap gap-2">
      {sources.map(({ title, url }, index) => (
        <li key={url} className="max-w-full">
          <a
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            title={`${title}\n${url}`}
            className="flex min-h-8 max-w-72 items-center gap-2 rounded-full border border-line pe-3 ps-1 text-[0.8125rem] text-muted transition-colors hover:border-line-strong hover:text-ink touch:min-h-10"
          >
            <span className="flex size-6 shrink-0 items-center justify-center rounded-full bg-sunken text-xs tabular-nums">{index + 1}</span>
            <span className="truncate">{hostOf(url)}</span>
          </a>
        </li>
      ))}
    </ol>
  )
}

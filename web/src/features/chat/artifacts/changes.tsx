import { diffLines } from 'diff'
import { useMemo } from 'react'
import { cx } from '#ui/cx.ts'
import { say } from '#words/say.ts'

const signs = { added: '+', removed: '−', same: ' ' }
const looks = { added: 'bg-accent-soft text-ink', removed: 'bg-danger-soft text-ink', same: 'text-muted' }
/** So long it may think; then the texts are shown as wholly different. */
const diffMs = 2000

/** What a version changed, line by line. */
export function Changes({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => linesOf(before, after), [before, after])
  return (
    <pre
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      dir="ltr"
      role="group"
      aria-label={say('Changes')}
      className="overflow-x-auto rounded-xl border border-line bg-sunken py-3 font-mono text-[0.84375rem] leading-[1.65]"
    >
      {lines.map(({ kind, text }, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- lines have no other name
        <div key={index} className={cx('w-fit min-w-full px-4', looks[kind])}>
          {kind !== 'same' && <span className="sr-only">{kind === 'added' ? say('Added:') : say('Removed:')} </span>}
          <span aria-hidden>{signs[kind]} </span>
          <span className={cx(kind === 'removed' && 'line-through')}>{text}</span>
        </div>
      ))}
    </pre>
  )
}

function linesOf(before: string, after: string) {
  const found = diffLines(before, after, { timeout: diffMs }) ?? [
    { added: false, removed: true, value: before },
    { added: true, removed: false, value: after },
  ]
  return found.flatMap(({ added, removed, value }) => {
    const kind: keyof typeof signs = added ? 'added' : removed ? 'removed' : 'same'
    return value
      .replace(/\n$/, '')
      .split('\n')
      .map((text) => ({ kind, text }))
  })
}

import type { ReactNode } from 'react'
import { visible } from './visible.ts'

/** A text that a person answers for: all of it, in a box that scrolls. */
export function ExactText({ title, label, text }: { title: ReactNode; label: string; text: string }) {
  return (
    <div className="text-sm text-muted">
      <p>{title}</p>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        role="group"
        aria-label={label}
        className="mt-1 max-h-80 overflow-auto rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap text-ink [overflow-wrap:anywhere]"
      >
        {visible(text)}
      </pre>
    </div>
  )
}

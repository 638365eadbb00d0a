import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** A quiet page beside the chat: settings, memory, plan. */
export function Page({ title, lead, wide = false, children }: { title: string; lead?: ReactNode; wide?: boolean; children: ReactNode }) {
  return (
    <div className="min-h-0 grow overflow-y-auto">
      <div className={cx('mx-auto flex flex-col gap-10 px-4 pt-6 pb-24 sm:px-8 md:pt-16', wide ? 'max-w-5xl' : 'max-w-2xl')}>
        <header>
          <h1 className="text-2xl font-[620] tracking-[-0.02em]">{title}</h1>
          {lead && <p className="mt-2 max-w-[60ch] text-muted">{lead}</p>}
        </header>
        {children}
      </div>
    </div>
  )
}

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-line pt-6">
      <h2 className="mb-4 text-base font-semibold">{title}</h2>
      {children}
    </section>
  )
}

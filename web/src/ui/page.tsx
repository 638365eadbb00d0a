import type { ReactNode } from 'react'

/** A quiet page beside the chat: settings, memory. */
export function Page({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <div className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto flex max-w-2xl flex-col gap-10 px-4 pt-6 pb-24 sm:px-8 md:pt-16">
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

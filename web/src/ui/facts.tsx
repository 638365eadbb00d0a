import type { ReactNode } from 'react'

/** A few figures with their names. */
export function Facts({ items }: { items: readonly { name: string; value: ReactNode; note?: ReactNode }[] }) {
  return (
    <div className="@container">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-5 @2xl:grid-cols-4">
        {items.map(({ name, value, note }) => (
          <div key={name} className="flex flex-col gap-0.5">
            <dt className="text-sm text-muted">{name}</dt>
            <dd className="text-xl font-[580] tracking-[-0.01em] tabular-nums">{value}</dd>
            {note && <dd className="text-[0.8125rem] text-muted">{note}</dd>}
          </div>
        ))}
      </dl>
    </div>
  )
}

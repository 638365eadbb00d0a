import { createStore } from '#lib/store.ts'

type Column = Pick<typeof import('./sidebar.tsx'), 'Sidebar'>

/** Not by `lazy`: what React has waited for is shown 0.3 s later at the earliest, also when it was there long before. */
export const column = createStore<Column | null>(null)

/** A conversation can be read and written before the column with the others is there: it comes at the same time, and is not waited for. */
export async function loadColumn(): Promise<void> {
  const { Sidebar } = await import('./sidebar.tsx')
  column.set({ Sidebar })
}

import { createStore } from '#lib/store.ts'

/**
 * A part of the shell that comes at the same time as the page and is not waited for. Not by `lazy`: what React has waited for is shown 0.3 s
 * later at the earliest, also when it was there long before.
 */
function beside<Part>(load: () => Promise<Part>) {
  const part = createStore<Part | null>(null)
  return { part, load: async () => part.set(await load()) }
}

/** A conversation can be read and written before the column with the others is there. */
export const column = beside(async () => ({ Sidebar: (await import('./sidebar.tsx')).Sidebar }))

/** So small that it is there before the page; later, it would push the page down. */
export const top = beside(async () => {
  const { Announcements, PracticeBanner } = await import('./top-parts.ts')
  return { Announcements, PracticeBanner }
})

/** Loads what is not there yet; what cannot be had is asked for again when the shell is next opened. */
export function loadBeside(): void {
  for (const { part, load } of [top, column]) if (part.get() === null) load().catch(() => undefined)
}

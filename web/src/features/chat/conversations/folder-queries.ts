import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { createStore } from '#lib/store.ts'

export const foldersQuery = queryOptions({ queryKey: ['folders'], queryFn: ({ signal }) => call(endpoints.folders, {}, signal), staleTime: 60_000 })

/** Which conversations the list shows: all, those of a folder, or the archived ones. A new conversation goes into the folder. */
export type Shown = { kind: 'all' } | { kind: 'archived' } | { kind: 'folder'; id: string }
export const shownList = createStore<Shown>({ kind: 'all' })

export const folderOfNew = (): { folderId?: string } => {
  const shown = shownList.get()
  return shown.kind === 'folder' ? { folderId: shown.id } : {}
}

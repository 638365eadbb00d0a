import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { patchConversation } from '#features/chat/queries.ts'
import { call } from '#lib/call.ts'

/** Deletes a temporary conversation that is no longer on the page. Where the server cannot be reached it goes by itself within a day. */
export function leaveTemporary(id: string): void {
  // An effect that is run again has left nothing.
  if (location.pathname === `/c/${id}`) return
  patchConversation(id, () => null)
  call(endpoints.deleteConversation, { params: { id } }).catch(() => undefined)
}

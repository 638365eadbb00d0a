import { createChatSocket } from './chat-socket.ts'
import { accessToken, refresh, session, signedOut } from './session.ts'

export const connection = createChatSocket({
  url: () => `${location.origin.replace(/^http/, 'ws')}/api/v1/ws`,
  token: accessToken,
  onUnauthenticated: refresh,
  onRevoked: signedOut,
})

let token: string | null = null

/** Opens the socket while somebody is signed in, and keeps it fresh. */
export function keepConnected() {
  const follow = () => {
    const state = session.get()
    if (state.status === 'signed-out') connection.stop()
    if (state.status !== 'signed-in' || state.accessToken === token) return
    token = state.accessToken
    connection.start()
    connection.renew()
  }
  session.subscribe(follow)
  follow()
  addEventListener('online', connection.hurry)
  document.addEventListener('visibilitychange', () => document.hidden || connection.hurry())
}

import { createChatSocket } from './chat-socket.ts'
import { refreshOffers } from './offers.ts'
import { accessToken, refresh, session, signedOut, updateUser } from './session.ts'

export const connection = createChatSocket({
  url: () => `${location.origin.replace(/^http/, 'ws')}/api/v1/ws`,
  token: accessToken,
  onUnauthenticated: refresh,
  onRevoked: () => signedOut(true),
})

// A change of plan or role acts at once: what it opens and closes is asked for again.
connection.onUser((user) => {
  const state = session.get()
  if (state.status !== 'signed-in') return
  const { role, plan } = state.user
  // What is said again changes nothing: nobody who looks at it is drawn anew.
  if (JSON.stringify(user) === JSON.stringify(state.user)) return
  updateUser(user)
  if (role !== user.role || plan !== user.plan) void refreshOffers()
})

let token: string | null = null

/** Opens the socket while somebody is signed in, and keeps it fresh. */
export function keepConnected() {
  const follow = () => {
    const state = session.get()
    // Nothing is told to somebody who has to set up a second factor, or accept the terms, first.
    if (state.status === 'signed-in' && (state.user.factorRequired || state.user.termsRequired)) {
      token = null
      return connection.stop()
    }
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

import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { signedOut } from '#lib/session.ts'
import { toast } from '#ui/toast.tsx'

/** Ends the session on the server first: a token that is only forgotten here would still be good. */
export async function signOut() {
  let elsewhere: string | null = null
  try {
    const { url } = await call(endpoints.signOut, {})
    elsewhere = url
  } catch (error) {
    toast(messageOf(error))
    return
  }
  sessionStorage.clear()
  signedOut()
  // Where an issuer vouched for the session, it is over there too.
  if (elsewhere !== null) location.assign(elsewhere)
}

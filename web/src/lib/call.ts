import { askIdentity } from './identity.ts'
import { ProblemError } from './problem.ts'
import { type Endpoint, type Input, type Output, request } from './request.ts'
import { accessToken, refresh, session, updateUser } from './session.ts'

/**
 * Calls an endpoint as the signed-in person. A 401 renews the token and tries once more; a second one signs out. What wants the person to show
 * again that it is they asks them, and then goes on.
 */
export async function call<E extends Endpoint>(endpoint: E, input: Input<E>, signal?: AbortSignal): Promise<Output<E>> {
  try {
    return await renewing(endpoint, input, signal)
  } catch (error) {
    const code = error instanceof ProblemError && error.code
    if (code === 'terms_required') termsWait()
    if (code !== 'reauthentication_required' || !(await askIdentity())) throw error
    return await renewing(endpoint, input, signal)
  }
}

/** Terms were published, and the page was not told. */
function termsWait() {
  const state = session.get()
  if (state.status === 'signed-in' && !state.user.termsRequired) updateUser({ ...state.user, termsRequired: true })
}

async function renewing<E extends Endpoint>(endpoint: E, input: Input<E>, signal?: AbortSignal): Promise<Output<E>> {
  const token = await accessToken()
  try {
    return await request(endpoint, input, { token, signal })
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'unauthenticated') throw error
    await refresh()
    return request(endpoint, input, { token: await accessToken(), signal })
  }
}

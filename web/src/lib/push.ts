import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { language } from '#words/language.ts'
import { say } from '#words/say.ts'
import { mayNotify } from './away.ts'
import { call } from './call.ts'
import { messageOf } from './problem.ts'
import { pushedTo } from './pushed-to.ts'
import { queryClient } from './query.ts'
import { session } from './session.ts'

export const pushQuery = { queryKey: ['push'], queryFn: () => call(endpoints.push, {}) }
const saw = (state: Awaited<ReturnType<typeof pushQuery.queryFn>>) => queryClient.setQueryData(pushQuery.queryKey, state)

/** What this browser could not do, in a sentence for its person. */
class PushFault extends Error {
  override readonly name = 'PushFault'
}
export const pushFault = (error: unknown) => (error instanceof PushFault ? error.message : messageOf(error))

/** `home-screen`: an iPhone or iPad tells only what was put there. */
export function pushSupport(): 'yes' | 'home-screen' | 'none' {
  if ('serviceWorker' in navigator && 'PushManager' in globalThis && mayNotify() !== 'none') return 'yes'
  return 'standalone' in navigator && navigator.standalone !== true ? 'home-screen' : 'none'
}

const keyOf = ({ options }: PushSubscription) =>
  options.applicationServerKey &&
  btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
const plain = (key: string | null) => key?.replaceAll('=', '')

async function managerHere(): Promise<PushManager | undefined> {
  return (await navigator.serviceWorker.getRegistration())?.pushManager
}

/** The browser's own word for where it is reached, made anew where it was for another key. */
async function subscriptionFor(publicKey: string): Promise<PushSubscription> {
  const manager = await managerHere()
  if (!manager) throw new PushFault(say('This page is not kept in this browser yet. Load it anew and try again.'))
  const had = await manager.getSubscription()
  if (had && plain(keyOf(had)) === publicKey) return had
  await had?.unsubscribe()
  const key = Uint8Array.from(atob(publicKey.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0))
  try {
    return await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  } catch (cause) {
    throw new PushFault(say('The browser cannot reach the service of its maker right now. Try again later.'), { cause })
  }
}

async function subscribe(publicKey: string, showsTitle: boolean): Promise<void> {
  const { endpoint, keys } = (await subscriptionFor(publicKey)).toJSON()
  const [p256dh = '', auth = ''] = [keys?.['p256dh'], keys?.['auth']]
  const body = { endpoint: endpoint ?? '', keys: { p256dh, auth }, publicKey, showsTitle, language: language() }
  saw(await call(endpoints.subscribePush, { body }))
  const state = session.get()
  if (state.status === 'signed-in') pushedTo.set(state.user.id)
}

/**
 * The browser asks its person now, at a press of theirs, unless they have said it before.
 * @returns whether it is told from now on
 */
export async function startPush(publicKey: string, showsTitle: boolean): Promise<boolean> {
  // oxlint-disable-next-line baseline-js/use-baseline -- asked for only where the browser has them
  if ((await Notification.requestPermission()) !== 'granted') return false
  await subscribe(publicKey, showsTitle)
  return true
}

export async function stopPush(): Promise<void> {
  await call(endpoints.unsubscribePush, {})
  await forgetPush()
  const state = queryClient.getQueryData<Awaited<ReturnType<typeof pushQuery.queryFn>>>(pushQuery.queryKey)
  if (state) saw({ ...state, subscription: null })
}

/** Nothing comes here any more, whatever the server knows. */
async function forgetPush(): Promise<void> {
  pushedTo.set(null)
  await (await (await managerHere())?.getSubscription())?.unsubscribe()
}

/** Once a page has opened: another key, or another address that the browser has got, is told; where another person is here, it ends. */
async function renewPush(userId: string): Promise<void> {
  if (pushedTo.get() !== userId) return await forgetPush()
  const { publicKey, subscription } = await call(endpoints.push, {})
  if (publicKey === null || mayNotify() !== 'granted') return await forgetPush()
  const own = await (await managerHere())?.getSubscription()
  if (own && subscription?.endpoint === own.endpoint && subscription.publicKey === publicKey) return
  await subscribe(publicKey, subscription?.showsTitle ?? false)
}

/** It goes no further than the sign-in here. Nothing that fails is worth a word: the next page that opens tries again. */
export function keepPush(): void {
  const quietly = (job: Promise<unknown>) => void job.catch(() => undefined)
  let renewedFor: string | null = null
  const look = () => {
    if (pushedTo.get() === null) return
    const state = session.get()
    if (state.status === 'signed-out') quietly(forgetPush())
    // Who is remembered without a server has no token yet.
    else if (state.status === 'signed-in' && state.accessToken !== '' && renewedFor !== state.user.id) {
      renewedFor = state.user.id
      quietly(renewPush(state.user.id))
    }
  }
  session.subscribe(look)
  look()
}

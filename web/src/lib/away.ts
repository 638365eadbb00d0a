import { cameAway } from './came-away.ts'
import { pushedTo } from './pushed-to.ts'

const storageName = 'jarvis.notify'

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) cameAway.set(0)
})

/** `none`: the browser has no notifications, or not for this page. */
export const mayNotify = (): NotificationPermission | 'none' => ('Notification' in globalThis && isSecureContext ? Notification.permission : 'none')

export const noticesWished = () => localStorage.getItem(storageName) === 'yes'

/** Returns whether they are shown from now on: the browser may refuse. */
export async function chooseNotices(on: boolean): Promise<boolean> {
  // oxlint-disable-next-line baseline-js/use-baseline -- asked for only where the browser has them
  const shown = on && (await Notification.requestPermission()) === 'granted'
  if (shown) localStorage.setItem(storageName, 'yes')
  else localStorage.removeItem(storageName)
  return shown
}

/** The worker opens the conversation when it is clicked. */
async function showFromWorker(text: string, tag: string) {
  const registration = await navigator.serviceWorker.getRegistration()
  // oxlint-disable-next-line baseline-js/use-baseline -- asked for only where the browser has them
  await registration?.showNotification('Jarvis', { body: text, tag, icon: '/icon-192.png', data: { conversationId: tag } })
}

/** Says to a person who is elsewhere what has come. `tag`: the conversation; a later one of the same replaces it. */
export function tellAway(text: string, { tag, open }: { tag: string; open: () => void }): void {
  if (!document.hidden) return
  cameAway.set((count) => count + 1)
  // Told by the browser's own service, it would be said twice.
  if (!noticesWished() || mayNotify() !== 'granted' || pushedTo.get() !== null) return
  try {
    // oxlint-disable-next-line baseline-js/use-baseline -- the same
    const notice = new Notification('Jarvis', { body: text, tag, icon: '/favicon.svg' })
    notice.addEventListener('click', () => {
      focus()
      notice.close()
      open()
    })
  } catch {
    // Browsers of phones show them from a service worker alone.
    void showFromWorker(text, tag).catch(() => undefined)
  }
}

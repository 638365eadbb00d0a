import { openedFromNotice } from '#features/chat/live/chat.ts'
import { keepPush } from '#lib/push.ts'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

const lookAgainMs = 3_600_000

/**
 * Puts the worker between this page and the network, so that the page opens without one. A new version takes over at once: what is opened from
 * then on is new, and a page that was open before says so.
 */
export async function startWorker(): Promise<void> {
  const { serviceWorker } = navigator
  const before = serviceWorker.controller
  const registration = await serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  let said = false
  serviceWorker.addEventListener('controllerchange', () => {
    if (!before || said) return
    said = true
    toast(say('A new version of Jarvis is ready.'), { label: say('Load it'), run: () => location.reload() }, null)
  })
  serviceWorker.addEventListener('message', ({ data }: MessageEvent<{ open?: unknown } | null>) => {
    if (typeof data?.open === 'string') openedFromNotice.set(data.open)
  })
  const { active } = await serviceWorker.ready
  active?.postMessage({ loaded: performance.getEntriesByType('resource').map(({ name }) => name) })
  if ('PushManager' in globalThis) keepPush()
  const look = () => void registration.update().catch(() => undefined)
  setInterval(look, lookAgainMs)
  document.addEventListener('visibilitychange', () => document.hidden || look())
}

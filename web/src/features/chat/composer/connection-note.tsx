import { CloudOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { outbox } from '#features/chat/live/outbox.ts'
import { connection } from '#lib/connection.ts'
import { useStore } from '#lib/store.ts'
import { Spinner } from '#ui/spinner.tsx'
import { say } from '#words/say.ts'

/** Most reconnections are over before anyone need know. */
const quietMs = 1200

export function ConnectionNote() {
  const away = useStore(connection.status) !== 'open'
  const queued = useStore(outbox).some(({ accepted, error }) => !accepted && !error)
  const [shown, setShown] = useState(false)
  const [offline, setOffline] = useState(!navigator.onLine)
  useEffect(() => {
    const timer = setTimeout(() => setShown(away), away ? quietMs : 0)
    return () => clearTimeout(timer)
  }, [away])
  useEffect(() => {
    const changed = () => setOffline(!navigator.onLine)
    addEventListener('online', changed)
    addEventListener('offline', changed)
    return () => {
      removeEventListener('online', changed)
      removeEventListener('offline', changed)
    }
  }, [])
  const visible = offline || (away && shown)
  return (
    <div role="status" className={visible ? 'appear flex items-center gap-2 px-4 pb-2 text-sm text-muted' : 'sr-only'}>
      {visible && (offline ? <CloudOff aria-hidden className="size-4" /> : <Spinner className="size-3.5" />)}
      {visible && (offline ? say('You are offline. What you see was read before.') : say('Reconnecting…'))}
      {visible && ` ${queued ? say('Your message goes out when the connection is back.') : say('You can keep typing.')}`}
    </div>
  )
}

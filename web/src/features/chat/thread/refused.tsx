import { type Entry, removeEntry, retry } from '#features/chat/live/outbox.ts'
import { formatWait } from '#lib/format.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { useSecondsUntil } from './use-seconds-until.ts'
import { say } from '#words/say.ts'

/** A message that was not taken: why, from when on it may be sent again, and the way to do so. */
export function Refused({ entry: { messageId, error, retryAt } }: { entry: Entry }) {
  const seconds = useSecondsUntil(retryAt ?? 0)
  return (
    <div className="w-full max-w-[36rem]">
      <Notice
        look="danger"
        action={
          <>
            <Button look="bare" className="min-h-9 px-3 text-sm" onClick={() => removeEntry(messageId)}>
              {say('Discard')}
            </Button>
            <Button className="min-h-9 px-3 text-sm tabular-nums" disabled={seconds > 0} onClick={() => retry(messageId)}>
              {seconds > 0 ? say('Send again in {wait}', { wait: formatWait(seconds) }) : say('Send again')}
            </Button>
          </>
        }
      >
        {error}
      </Notice>
    </div>
  )
}

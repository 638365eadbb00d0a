import { useEffect, useEffectEvent, useRef } from 'react'
import { Button } from '#ui/button.tsx'
import { say } from '#words/say.ts'

/** Asks for the next page when it scrolls into view; a button too, for keyboards and after a failure. */
export function MoreWhenSeen({ busy, failed, onMore }: { busy: boolean; failed: boolean; onMore: () => void }) {
  const ref = useRef<HTMLDivElement>(null)
  const more = useEffectEvent(onMore)
  useEffect(() => {
    if (busy || failed) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && more(), { rootMargin: '300px' })
    observer.observe(ref.current!)
    return () => observer.disconnect()
  }, [busy, failed])
  return (
    <div ref={ref} className="flex justify-center py-2">
      <Button look="bare" busy={busy} onClick={onMore}>
        {failed ? say('Try again') : say('Older conversations')}
      </Button>
    </div>
  )
}

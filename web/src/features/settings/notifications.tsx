import { useState } from 'react'
import { chooseNotices, mayNotify, noticesWished } from '#lib/away.ts'
import { Button } from '#ui/button.tsx'
import { say } from '#words/say.ts'

/** Asks the browser only when the person wishes it. */
export function Notifications() {
  const [on, setOn] = useState(noticesWished() && mayNotify() === 'granted')
  const state = mayNotify()
  if (state === 'none')
    return <p className="text-muted">{say('This browser cannot show notifications here. The page’s title says when an answer has come.')}</p>
  return (
    <div className="flex flex-col items-start gap-3">
      <p className="text-muted">
        {on
          ? say('You are notified when an answer ends, or waits for your approval, while this page is hidden.')
          : say('Be notified when an answer ends, or waits for your approval, while this page is hidden.')}
      </p>
      {state === 'denied' ? (
        <p className="text-sm text-muted">{say('The browser refuses them for this page. Allow them in its settings first.')}</p>
      ) : (
        <Button aria-pressed={on} onClick={() => void chooseNotices(!on).then(setOn)}>
          {on ? say('Stop notifying me') : say('Notify me')}
        </Button>
      )}
    </div>
  )
}

import { X } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '#ui/button.tsx'

const storageName = 'jarvis.practice-seen'

export function PracticeBanner() {
  const [seen, setSeen] = useState(sessionStorage.getItem(storageName) === 'yes')
  if (seen) return null
  return (
    <section
      aria-label="About the model"
      className="flex shrink-0 items-center gap-2 border-b border-warn-line bg-warn-soft pe-2 ps-4 text-sm text-warn md:ps-5"
    >
      <p className="grow py-2">
        <strong className="font-semibold">Practice model: not a real AI.</strong> Set <Setting name="OPENAI_API_KEY" /> or{' '}
        <Setting name="OPENAI_BASE_URL" />
        <span className="max-sm:hidden"> and restart to get real answers</span>.
      </p>
      <IconButton
        small
        label="Dismiss"
        className="text-warn!"
        onClick={() => {
          sessionStorage.setItem(storageName, 'yes')
          setSeen(true)
        }}
      >
        <X className="size-4" />
      </IconButton>
    </section>
  )
}

const Setting = ({ name }: { name: string }) => <code className="font-mono text-[0.8125rem] [overflow-wrap:anywhere]">{name}</code>

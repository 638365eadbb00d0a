import { ChevronLeft, ChevronRight } from 'lucide-react'
import { IconButton } from '#ui/button.tsx'
import { say } from '#words/say.ts'

type SwitcherProps = { siblings: readonly string[]; shown: string; onShow: (id: string) => void }

export function BranchSwitcher({ siblings, shown, onShow }: SwitcherProps) {
  if (siblings.length < 2) return null
  const at = siblings.indexOf(shown)
  const show = (index: number) => onShow(siblings[index]!)
  return (
    <div role="group" aria-label={say('Versions')} className="flex items-center text-[0.8125rem] text-muted tabular-nums">
      <IconButton small label={say('Previous version')} disabled={at === 0} onClick={() => show(at - 1)}>
        <ChevronLeft className="size-4" />
      </IconButton>
      <span aria-live="polite">
        {at + 1}/{siblings.length}
      </span>
      <IconButton small label={say('Next version')} disabled={at === siblings.length - 1} onClick={() => show(at + 1)}>
        <ChevronRight className="size-4" />
      </IconButton>
    </div>
  )
}

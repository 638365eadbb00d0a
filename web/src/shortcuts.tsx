import { Dialog } from '#ui/dialog.tsx'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const mod = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'

const shortcuts: [English, string[]][] = [
  ['Search, and do something', [mod, 'K']],
  ['New chat', [mod, 'Shift', 'O']],
  ['Show or hide conversations', [mod, 'B']],
  ['Send the message', ['Enter']],
  ['New line', ['Shift', 'Enter']],
  ['Stop the answer', ['Esc']],
  ['Talk, while it is held', ['Alt', 'T']],
  ['Rename the focused conversation', ['F2']],
  ['Delete the focused conversation', ['Del']],
  ['This list', ['?']],
]

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={say('Keyboard shortcuts')} onClose={onClose}>
      <dl className="flex flex-col">
        {shortcuts.map(([what, keys]) => (
          <div key={what} className="flex items-center justify-between gap-4 border-t border-line py-2">
            <dt>{say(what)}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <kbd key={key} className="rounded-md border border-line bg-sunken px-1.5 py-0.5 font-sans text-[0.8125rem] text-muted">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

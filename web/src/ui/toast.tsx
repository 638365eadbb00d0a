import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { IconButton } from './button.tsx'
import { say } from '#words/say.ts'

type Toast = { id: number; text: string; action?: { label: string; run: () => void } | undefined }

const shownSeconds = 6
let toasts: Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function change(next: Toast[]) {
  toasts = next
  for (const listener of listeners) listener()
}

const dismiss = (id: number) => change(toasts.filter((toast) => toast.id !== id))

/** `seconds`: null, and it stays until it is dismissed. */
export function toast(text: string, action?: Toast['action'], seconds: number | null = shownSeconds) {
  const id = ++last
  change([...toasts.slice(-2), { id, text, action }])
  if (seconds !== null) setTimeout(() => dismiss(id), seconds * 1000)
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function Toaster() {
  const shown = useSyncExternalStore(subscribe, () => toasts)
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-28 z-50 flex flex-col items-center gap-2 px-4">
      {shown.map(({ id, text, action }) => (
        <div
          key={id}
          className="appear pointer-events-auto flex max-w-md items-center gap-2 rounded-xl bg-ink py-1 pe-1 ps-4 text-sm text-paper shadow-raised"
        >
          <span className="min-w-0 py-2 wrap-anywhere">{text}</span>
          {action && (
            <button
              type="button"
              className="min-h-10 rounded-lg px-3 font-semibold underline underline-offset-4"
              onClick={() => {
                action.run()
                dismiss(id)
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton small label={say('Dismiss')} className="text-paper! hover:bg-transparent!" onClick={() => dismiss(id)}>
            <X className="size-4" />
          </IconButton>
        </div>
      ))}
    </div>
  )
}

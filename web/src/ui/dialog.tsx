import { X } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { Button, IconButton } from './button.tsx'
import { cx } from './cx.ts'
import { Modal } from './modal.tsx'
import { say } from '#words/say.ts'

type DialogProps = { title: string; onClose: () => void; children: ReactNode; wide?: boolean }

export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const id = useId()
  return (
    <Modal
      labelledBy={id}
      onClose={onClose}
      className={cx(
        'appear m-auto font-normal w-[calc(100%-2rem)] rounded-2xl border border-line bg-raised shadow-raised',
        wide ? 'max-w-xl' : 'max-w-md',
      )}
    >
      <div className="flex flex-col gap-4 p-6 wrap-anywhere">
        <div className="flex items-start justify-between gap-4">
          <h2 id={id} className="min-w-0 text-lg font-semibold tracking-tight">
            {title}
          </h2>
          <IconButton small label={say('Close')} className="-mt-1 -me-2" onClick={onClose}>
            <X className="size-4" />
          </IconButton>
        </div>
        {children}
      </div>
    </Modal>
  )
}

type ConfirmProps = {
  title: string
  action: string
  /** What can be taken back looks less grave. */
  look?: 'danger' | 'primary'
  busy?: boolean
  error?: string | undefined
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}

export function ConfirmDialog({ title, action, look = 'danger', busy = false, error, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="text-muted">{children}</div>
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      <div className="mt-2 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{say('Cancel')}</Button>
        <Button look={look} busy={busy} data-first-focus onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  )
}

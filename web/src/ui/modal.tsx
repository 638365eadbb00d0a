import { type ReactNode, useLayoutEffect, useRef } from 'react'

type ModalProps = { label?: string; labelledBy?: string; className?: string; onClose: () => void; children: ReactNode }

/** The browser's own modal: it traps focus, hides the rest from readers, closes on Escape and gives focus back, with no injected style. */
export function Modal({ label, labelledBy, className, onClose, children }: ModalProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const wentDown = useRef(false)
  useLayoutEffect(() => {
    const dialog = ref.current!
    dialog.showModal()
    dialog.querySelector<HTMLElement>('[data-first-focus]')?.focus()
    return () => dialog.close()
  }, [])
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- a click beside it; Escape is the keyboard's way
    <dialog
      ref={ref}
      aria-label={label}
      aria-labelledby={labelledBy}
      className={className}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      // Text may be selected over the edge: then the button goes up beside it, but went down within.
      onPointerDown={(event) => (wentDown.current = event.target === ref.current)}
      onClick={(event) => event.target === ref.current && wentDown.current && onClose()}
    >
      {children}
    </dialog>
  )
}

import { Check } from 'lucide-react'
import {
  type ComponentProps,
  type KeyboardEvent,
  type ReactNode,
  Suspense,
  type ToggleEvent,
  useEffect,
  useEffectEvent,
  useId,
  useRef,
  useState,
} from 'react'
import { flushSync } from 'react-dom'
import { cx } from './cx.ts'
import { placeBeside } from './place.ts'
import { say } from '#words/say.ts'

type MenuProps = {
  label: string
  trigger: ReactNode
  triggerClass?: string
  triggerProps?: ComponentProps<'button'>
  align?: 'start' | 'end'
  className?: string
  onOpen?: () => void
  /** Above the choices: what is only to be read. */
  header?: ReactNode
  /** The trigger's own text is its name; else `label` is, as a tooltip too. */
  named?: boolean
  children: ReactNode
}

const items = (menu: HTMLElement) => [...menu.querySelectorAll<HTMLElement>('[role^=menuitem]:not(:disabled)')]

/** A menu button by the ARIA pattern on the browser's popover: top layer, light dismiss and Escape are its own. */
export function Menu({ label, trigger, triggerClass, triggerProps, align = 'start', className, onOpen, header, named = false, children }: MenuProps) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const menu = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const typed = useRef({ text: '', at: 0 })

  function beforeToggle(event: ToggleEvent<HTMLDivElement>) {
    if (event.newState !== 'open') return
    menu.current!.style.opacity = '0'
    onOpen?.()
    // Its items have to be there before it can be measured.
    flushSync(() => setOpen(true))
  }

  /** Its items go only now: gone earlier, they would take the focus that is to return to the button with them. */
  function toggled(event: ToggleEvent<HTMLDivElement>) {
    if (event.newState === 'open') arrive()
    else setOpen(false)
  }

  function arrive() {
    if (!menu.current?.matches(':popover-open') || menu.current.contains(document.activeElement)) return
    placeBeside(menu.current, button.current!, align)
    const choices = items(menu.current)
    ;(choices.find((item) => item.ariaChecked === 'true') ?? choices[0])?.focus()
  }

  function move(event: KeyboardEvent<HTMLDivElement>) {
    const choices = items(event.currentTarget)
    const at = choices.indexOf(document.activeElement as HTMLElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + choices.length, Home: 0, End: choices.length - 1 }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      choices[to % choices.length]?.focus()
    } else if (event.key === 'Tab') {
      menu.current?.hidePopover()
    } else if (event.key.length === 1 && event.key !== ' ') {
      const now = event.timeStamp
      typed.current = { text: (now - typed.current.at < 600 ? typed.current.text : '') + event.key.toLowerCase(), at: now }
      choices.find((item) => item.textContent.trim().toLowerCase().startsWith(typed.current.text))?.focus()
    }
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={named ? undefined : label}
        title={named ? undefined : label}
        aria-haspopup="menu"
        aria-expanded={open}
        popoverTarget={id}
        className={triggerClass}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
          event.preventDefault()
          menu.current?.showPopover()
          arrive()
        }}
        {...triggerProps}
      >
        {trigger}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        onBeforeToggle={beforeToggle}
        onToggle={toggled}
        className={cx(
          'fixed inset-auto m-0 max-h-[min(28rem,80dvh)] min-w-52 overflow-y-auto rounded-xl border border-line bg-raised p-1 text-[0.9375rem] text-ink shadow-raised',
          className,
        )}
      >
        {open && header}
        {/* oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- focus is on its items */}
        <div
          role="menu"
          aria-label={label}
          onKeyDown={move}
          onClick={(event) => (event.target as HTMLElement).closest('[role^=menuitem]') && menu.current?.hidePopover()}
        >
          {open && (
            <Suspense fallback={<p className="px-3 py-2 text-sm text-muted">{say('Loading…')}</p>}>
              {children}
              <Arrived onArrive={arrive} />
            </Suspense>
          )}
        </div>
      </div>
    </>
  )
}

/** Items that are loaded when they are first wanted come after the menu has opened. */
function Arrived({ onArrive }: { onArrive: () => void }) {
  const arrived = useEffectEvent(onArrive)
  useEffect(() => arrived(), [])
  return null
}

const itemClass =
  'flex min-h-9 w-full items-center gap-3 rounded-lg px-3 py-1.5 text-start outline-none hover:bg-hover focus-visible:bg-hover focus-visible:outline-none touch:min-h-11'

type ItemProps = Omit<ComponentProps<'button'>, 'type'> & { icon?: ReactNode; danger?: boolean }

export function MenuItem({ icon, danger = false, className, children, ...rest }: ItemProps) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} className={cx(itemClass, danger && 'text-danger', className)} {...rest}>
      {icon && <span className={cx('[&>svg]:size-4', !danger && 'text-muted')}>{icon}</span>}
      {children}
    </button>
  )
}

export function MenuChoice({ checked, className, children, ...rest }: Omit<ItemProps, 'icon' | 'danger'> & { checked: boolean }) {
  return (
    <button type="button" role="menuitemradio" aria-checked={checked} tabIndex={-1} className={cx(itemClass, className)} {...rest}>
      <span className="min-w-0 grow">{children}</span>
      <Check aria-hidden className={cx('size-4 shrink-0 text-accent', !checked && 'invisible')} />
    </button>
  )
}

export const MenuLine = () => <hr className="my-1 border-line" />

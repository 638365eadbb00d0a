import { type ComponentProps, type RefObject, useLayoutEffect, useRef } from 'react'

type GrowingTextProps = Omit<ComponentProps<'textarea'>, 'onChange' | 'value' | 'ref'> & {
  label: string
  value: string
  onChange: (value: string) => void
  takesFocus?: boolean
  field?: RefObject<HTMLTextAreaElement | null>
}

/** Where the browser does it, it need not lay the whole page out for each key to learn the height. */
const growsItself = CSS.supports('field-sizing', 'content')
const growing = growsItself ? { fieldSizing: 'content' as const } : undefined

/** A text area as tall as its text, up to the max-height of its class. */
export function GrowingText({ label, value, onChange, takesFocus = false, field, ...rest }: GrowingTextProps) {
  const own = useRef<HTMLTextAreaElement>(null)
  const ref = field ?? own

  useLayoutEffect(() => {
    if (growsItself) return
    const area = ref.current!
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`
  }, [ref, value])

  useLayoutEffect(() => {
    const area = ref.current!
    if (!takesFocus) return
    area.focus()
    area.setSelectionRange(area.value.length, area.value.length)
  }, [ref, takesFocus])

  return (
    <textarea
      ref={ref}
      style={growing}
      dir="auto"
      rows={1}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      {...rest}
    />
  )
}

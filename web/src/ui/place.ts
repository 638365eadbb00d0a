const gap = 6
const edge = 8

/** Puts a shown popover below its button, or above where it does not fit, inside the window. Above, its foot is what stays as it grows. */
export function placeBeside(popover: HTMLElement, button: HTMLElement, align: 'start' | 'end') {
  const from = button.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = popover
  const fitsBelow = from.bottom + gap + height <= innerHeight - edge
  const above = !fitsBelow && from.top > innerHeight - from.bottom
  const left = align === 'start' ? from.left : from.right - width
  popover.style.top = above ? 'auto' : `${Math.max(edge, Math.min(from.bottom + gap, innerHeight - height - edge))}px`
  popover.style.bottom = above ? `${Math.max(edge, Math.min(innerHeight - from.top + gap, innerHeight - height - edge))}px` : 'auto'
  popover.style.left = `${Math.max(edge, Math.min(left, innerWidth - width - edge))}px`
  popover.style.opacity = ''
}

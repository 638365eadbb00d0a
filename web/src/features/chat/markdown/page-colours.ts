const names = ['raised', 'sunken', 'ink', 'muted', 'line', 'line-strong', 'accent', 'accent-soft'] as const
export type PageColours = Record<(typeof names)[number], string>

/** The page's colours now, for what draws elsewhere and reads no `oklch()`. */
export function coloursOfPage(): PageColours {
  const style = getComputedStyle(document.documentElement)
  const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')!
  const colour = (name: string) => {
    pen.fillStyle = style.getPropertyValue(`--${name}`).trim()
    pen.fillRect(0, 0, 1, 1)
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data
    return `#${[red!, green!, blue!].map((part) => part.toString(16).padStart(2, '0')).join('')}`
  }
  return Object.fromEntries(names.map((name) => [name, colour(name)])) as PageColours
}

import { type ComponentProps, createElement } from 'react'

/** An icon as the library describes it: its name, its size in pixels and its elements. */
type Drawing = { size: number; node: readonly (readonly [tag: string, attributes: Record<string, string>])[] }

/** In a build this stands for the library's own `createLucideIcon`, which can do more than is used here and weighs accordingly. */
export function createIcon({ size, node }: Drawing) {
  const around = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${size} ${size}`, fill: 'none', stroke: 'currentColor' }
  const stroke = { strokeWidth: 2, strokeLinecap: 'round', strokeLinejoin: 'round' } as const
  return (props: ComponentProps<'svg'>) =>
    createElement(
      'svg',
      { ...around, ...stroke, width: size, height: size, 'aria-hidden': !props['aria-label'], ...props },
      ...node.map(([tag, attributes]) => createElement(tag, attributes)),
    )
}

/**
 * The event comes a frame later by itself. Until then the list of a long conversation would correct what it measures from where it was before,
 * and scroll back there.
 */
export function scrollTo(scroller: HTMLElement, top: number): void {
  const before = scroller.scrollTop
  scroller.scrollTop = top
  if (scroller.scrollTop !== before) scroller.dispatchEvent(new Event('scroll'))
}

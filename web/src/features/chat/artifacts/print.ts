/** Prints one part of the page, which a browser also saves as PDF. */
export function printPart(part: HTMLElement, title: string): void {
  const copy = document.createElement('div')
  copy.className = 'print-only answer'
  copy.append(...[...part.childNodes].map((node) => node.cloneNode(true)))
  document.body.append(copy)
  // The name that a browser gives to the file.
  const before = document.title
  document.title = title
  addEventListener(
    'afterprint',
    () => {
      copy.remove()
      document.title = before
    },
    { once: true },
  )
  print()
}

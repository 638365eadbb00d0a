/** Gives a text to the person as a file. */
export const saveText = (name: string, text: string, type = 'text/plain;charset=utf-8') => saveBlob(name, new Blob([text], { type }))

/** The same of bytes. */
export function saveBlob(name: string, blob: Blob) {
  const url = URL.createObjectURL(blob)
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { fetchPicture } from '#lib/picture.ts'
import { messageOf } from '#lib/problem.ts'
import { toast } from '#ui/toast.tsx'

export const contentOf = (fileId: string) => `${endpoints.file.url.replace(':id', fileId)}/content`

/** Hands the file to the browser's downloads. */
export async function saveFile(fileId: string, name: string): Promise<void> {
  try {
    const url = URL.createObjectURL(await fetchPicture(contentOf(fileId), new AbortController().signal))
    Object.assign(document.createElement('a'), { href: url, download: name }).click()
    // The browser reads it after the click.
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  } catch (error) {
    toast(messageOf(error))
  }
}

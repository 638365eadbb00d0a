import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

/** Keeps a page that an answer names, as it is now, and says so. */
export async function keepPage(url: string): Promise<void> {
  try {
    const { name } = await call(endpoints.keepPage, { body: { url } })
    toast(say('{name} is kept with your files.', { name }))
    void queryClient.invalidateQueries({ queryKey: ['files'] })
  } catch (error) {
    toast(messageOf(error))
  }
}

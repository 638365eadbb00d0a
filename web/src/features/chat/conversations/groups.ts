import type { ListedConversation } from '@jarvis/contracts/chat.ts'
import { say } from '#words/say.ts'

export type Group = { title: string; conversations: ListedConversation[] }

const dayMs = 86_400_000

/** Conversations, newest first, under the day they were last used: calendar days of the person's own clock. */
export function groupByAge(conversations: readonly ListedConversation[], now = new Date()): Group[] {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const titleOf = ({ updatedAt }: ListedConversation) => {
    const at = new Date(updatedAt).getTime()
    if (at >= today) return say('Today')
    // Some slack: a day with a clock change is an hour longer.
    const days = Math.ceil((today - at) / dayMs - 0.05)
    if (days <= 1) return say('Yesterday')
    return days <= 7 ? say('Previous 7 days') : say('Older')
  }
  const groups = new Map<string, ListedConversation[]>()
  for (const conversation of conversations) groups.set(titleOf(conversation), [...(groups.get(titleOf(conversation)) ?? []), conversation])
  return [...groups].map(([title, group]) => ({ title, conversations: group }))
}

import type { Message } from '@jarvis/contracts/chat.ts'

type Node = Pick<Message, 'id' | 'parentId'>
/** Which child is shown below each message; `root` stands for the parent of the first ones. */
export type Choices = Readonly<Record<string, string>>
export type Step<M extends Node> = { message: M; siblings: string[] }

const root = 'root'

/**
 * The branch of the tree that is shown, from the first message to a leaf. Where nothing was chosen it follows the most recent activity.
 * `messages` are in order of creation: a parent stands before its children. While older ones are still on their way, it begins where the
 * newest one's known ancestors do.
 */
export function branch<M extends Node>(messages: readonly M[], choices: Choices): Step<M>[] {
  const children = Map.groupBy(messages, keyOf)
  const newest = new Map<string, number>()
  for (const [index, message] of [...messages.entries()].toReversed()) {
    const activity = Math.max(index, newest.get(message.id) ?? 0)
    newest.set(message.id, activity)
    newest.set(keyOf(message), Math.max(activity, newest.get(keyOf(message)) ?? 0))
  }

  const steps: Step<M>[] = []
  let key = beginning(messages)
  for (let siblings = children.get(key); siblings; siblings = children.get(key)) {
    const chosen = choices[key]
    const shown =
      siblings.find(({ id }) => id === chosen) ?? siblings.reduce((best, next) => (newest.get(next.id)! > newest.get(best.id)! ? next : best))
    steps.push({ message: shown, siblings: siblings.map(({ id }) => id) })
    key = shown.id
  }
  return steps
}

const keyOf = ({ parentId }: Node) => parentId ?? root

/** The parent of the first message that is shown. */
function beginning(messages: readonly Node[]): string {
  const byId = new Map(messages.map((message) => [message.id, message]))
  let first = messages.at(-1)
  for (let parent = first; parent; parent = byId.get(keyOf(parent))) first = parent
  return first ? keyOf(first) : root
}

export function choose(choices: Choices, parentId: string | null, id: string): Choices {
  return { ...choices, [parentId ?? root]: id }
}

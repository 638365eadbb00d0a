import type { Message } from '@jarvis/contracts/chat.ts'

type Node = Pick<Message, 'id' | 'parentId'>
export type Step<M extends Node> = { message: M; siblings: string[] }

const root = 'root'

/**
 * The branch of the tree that is shown, from the first message to a leaf: that of `leafId` if it is given and here, else that of the most recent
 * activity, which also decides below it. `messages` are in order of creation: a parent stands before its children. While older ones are not
 * here, it begins where its known ancestors do.
 */
export function branch<M extends Node>(messages: readonly M[], leafId: string | null): Step<M>[] {
  const children = new Map<string, M[]>()
  for (const message of messages) children.set(keyOf(message), [...(children.get(keyOf(message)) ?? []), message])
  const newest = new Map<string, number>()
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]!
    const activity = Math.max(index, newest.get(message.id) ?? 0)
    newest.set(message.id, activity)
    newest.set(keyOf(message), Math.max(activity, newest.get(keyOf(message)) ?? 0))
  }
  const byId = new Map<string, M>(messages.map((message) => [message.id, message]))
  const chosen = new Set<string>()
  let first = (leafId === null ? undefined : byId.get(leafId)) ?? messages.at(-1)
  for (let parent = first; parent; parent = byId.get(keyOf(parent))) {
    first = parent
    chosen.add(parent.id)
  }

  const steps: Step<M>[] = []
  let key = first ? keyOf(first) : root
  for (let siblings = children.get(key); siblings; siblings = children.get(key)) {
    const shown =
      siblings.find(({ id }) => chosen.has(id)) ?? siblings.reduce((best, next) => (newest.get(next.id)! > newest.get(best.id)! ? next : best))
    steps.push({ message: shown, siblings: siblings.map(({ id }) => id) })
    key = shown.id
  }
  return steps
}

const keyOf = ({ parentId }: Node) => parentId ?? root

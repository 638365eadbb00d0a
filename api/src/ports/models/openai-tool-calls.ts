import { parseObject } from '#lib/parse-object.ts'
import type { Draft, OpenCall } from './answer-draft.ts'
import { object, string } from './codec.ts'

type Place = { position: number; isWhole: boolean }

/** Puts calls together from fragments: providers leave out the index or the id, repeat them, give a new id in each, or cut a name in two. */
export function createToolCalls(draft: Draft, offered: ReadonlySet<string>) {
  const byIndex = new Map<number, OpenCall>()
  const extra: Record<string, Record<string, unknown>> = {}

  function isAnother(call: OpenCall, { id, name }: { id: string; name: string }, position: number, index: unknown): boolean {
    // Read only where it decides: a call of many pieces would be read for each of them.
    const isWhole = () => parseObject(call.args) !== null
    if (id !== '' && call.given !== '' && id !== call.given)
      return name === '' ? typeof index !== 'number' && isWhole() : call.args === '' || isWhole()
    if (id !== '' && id === call.given) return name !== '' && name !== call.name && isWhole()
    if (name === '' || call.name === '') return false
    if (call.args !== '') return isWhole()
    // No arguments yet: the rest of a name, or a call that has none and another one after it.
    return position > 0 || (offered.has(call.name) && offered.has(name))
  }

  return {
    /** What providers put beside id and function, by the call's id. */
    extra,

    add(fragment: Record<string, unknown>, { position, isWhole }: Place): void {
      const { index: givenIndex, id: givenId, type: _, function: _function, ...rest } = fragment
      const within = object(fragment.function) ?? {}
      const id = string(givenId)
      const name = string(within.name)
      const args = typeof within.arguments === 'string' ? within.arguments : object(within.arguments) ? JSON.stringify(within.arguments) : ''
      const index = givenIndex ?? (isWhole ? position : undefined)
      const known =
        typeof index === 'number' ? byIndex.get(index) : (id !== '' && draft.calls.find((call) => call.given === id)) || draft.calls.at(-1)
      let call = known
      if (!call || isAnother(call, { id, name }, position, index)) {
        call = draft.beginCall(id, name)
        if (typeof index === 'number') byIndex.set(index, call)
      } else if (name !== '' && call.args === '' && name !== call.name) call.name += name
      if (call.given === '' && id !== '') {
        call.given = id
        if (!call.started && !draft.calls.some((other) => other.id === id)) call.id = id
      }
      draft.addArgs(call, args)
      for (const field in rest) if (rest[field] !== null && rest[field] !== '') extra[call.id] = { ...extra[call.id], [field]: rest[field] }
    },
  }
}

import { textOf, toolCallsOf } from '@jarvis/contracts/parts.ts'
import type { RunStep, StepOf } from '#lib/run-step.ts'
import { addressOf, holdOwn } from './own-words.ts'
import type { HistoryMessage } from './prompt.ts'
import { isUntrusted, type Leaving, type Tool } from './tool.ts'

/**
 * What may go out without asking once the run is tainted: the person's own text to a host that they named, and links of a page. Each link
 * that the model may choose leaks a few bits to its host: so a few at most, and of addresses that were fixed before, which are fewer to
 * choose from, each once and some more.
 */
const choicesMax = 3
const repeatsMax = 3

export type Provenance = ReturnType<typeof createProvenance>

/**
 * Where the text of one run comes from. The run is tainted as soon as it holds text from outside: from then on nothing is taken for the
 * person's wish but what the person wrote, or what was fixed before any secret of theirs was known.
 */
export function createProvenance(tools: readonly Tool[], history: readonly HistoryMessage[], text: string) {
  const said = [...history.filter(({ role }) => role === 'user').map(({ parts }) => textOf(parts)), text]
  const found = new Set<string>()
  let taint = taintOfHistory(tools, history)
  const opened = new Set<string>()
  let choices = 0
  let repeats = 0

  const find = (sources: readonly { url: string }[]) => {
    for (const { url } of sources) {
      const address = addressOf(url)
      if (address !== null) found.add(address)
    }
  }
  for (const { parts, sources } of history)
    if (toolCallsOf(parts).every(({ name }) => !isUntrusted(tools, name) || vouches(tools, name))) find(sources)

  const mayChoose = () => choices < choicesMax && ++choices > 0

  function mayOpen(address: string): boolean {
    if (opened.has(address)) return repeats < repeatsMax && ++repeats > 0
    opened.add(address)
    return true
  }

  /** The page's own link, found there by the tool and not written by the model. */
  function isLink({ content, page }: Leaving): boolean {
    const [link, open] = [URL.parse(content), page === undefined ? null : URL.parse(page)]
    if (!link || !open || link.origin !== open.origin || link.origin === 'null') return false
    return mayChoose()
  }

  return {
    /** The tool that untrusted text came from; null while the run is clean. */
    taint: () => taint,

    add(step: RunStep): void {
      if (step.kind !== 'tool') return
      if (isForeign(tools, step)) taint ??= titleOf(tools, step.name)
      if (vouches(tools, step.name)) find(step.sources)
    },

    /** Whether what would leave is the person's own, or was fixed without the model. */
    async isOwn(leaving: Leaving): Promise<boolean> {
      const { to, content, configured } = leaving
      if (configured) return await holdOwn(said, { kind: 'words', text: content })
      const address = addressOf(content)
      if (address !== null) {
        const isFixed = found.has(address) || (await holdOwn(said, { kind: 'address', text: content }))
        return isFixed ? mayOpen(address) : isLink(leaving)
      }
      return (await holdOwn(said, { kind: 'text', text: content, host: to })) && mayChoose()
    },
  }
}

/** A step that was kept before it said so is judged by its tool. */
export const isForeign = (tools: readonly Tool[], { foreign, failed, name }: StepOf<'tool'>) => foreign ?? (!failed && isUntrusted(tools, name))

export function taintOfHistory(tools: readonly Tool[], history: readonly HistoryMessage[]): string | null {
  for (const { taint, parts } of history) {
    if (taint !== null) return taint
    const call = toolCallsOf(parts).find(({ name, result }) => result !== null && isUntrusted(tools, name))
    if (call) return titleOf(tools, call.name)
  }
  return null
}

const vouches = (tools: readonly Tool[], name: string) => tools.find((tool) => tool.name === name)?.vouches ?? false
const titleOf = (tools: readonly Tool[], name: string) => tools.find((tool) => tool.name === name)?.title ?? name

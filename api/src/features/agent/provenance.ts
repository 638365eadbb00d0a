import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import type { MemoryOrigin } from '@jarvis/contracts/memory.ts'
import { textOf, toolCallsOf } from '@jarvis/contracts/parts.ts'
import { isKeyTaint, keyInstructionsTaint } from '#lib/key-taint.ts'
import type { Observed, RunStep, StepOf } from '#lib/run-step.ts'
import { type Act, observable, type Situation } from './observable.ts'
import { addressesIn, addressOf, measureOwn } from './own-words.ts'
import type { AnswerRequest } from './answering.ts'
import type { HistoryMessage } from './prompt.ts'
import { isUntrusted, type Leaving, type Tool } from './tool.ts'

/** Another spelling of an address that is known: its scheme, "www.", a slash, and an empty query or fragment at its end. */
const spellingBits = 5

export type Provenance = ReturnType<typeof createProvenance>

/** An act that may be done without asking if its bits still fit. What it costs depends on what was done before it. */
export type Weighed = { act: Act | 'address'; address: string | null; url: string }

export type Sources = {
  tools: readonly Tool[]
  history: readonly HistoryMessage[]
  text: string
  /** What of that text is not of the one who asks. */
  outside?: Pick<HistoryMessage, 'taint' | 'isForeign'> | undefined
  memories: readonly RecalledMemory[]
  /** What all that the run does unasked may tell those who observe it, once it is tainted. */
  toldBitsMax: number
}

/**
 * Where the text of one run comes from. The run is tainted as soon as it holds text from outside: from then on nothing is taken for the
 * person's wish but what the person wrote, or what was fixed before any secret of theirs was known; and what the model chooses among that is
 * counted.
 */
export function createProvenance(from: Sources) {
  const { tools, history, text, memories, toldBitsMax, outside = { taint: null } } = from
  const earlier = history.filter(({ role, isForeign }) => role === 'user' && !isForeign).map(({ parts }) => textOf(parts))
  const own = outside.isForeign ? '' : text
  const said = [...earlier, own]
  const named = addressesIn(own).map(({ url }) => url)
  /** Newest first. */
  let found: string[] = earlier
    .toReversed()
    .flatMap(addressesIn)
    .map(({ url }) => url)
  const otherSpellings = new Set(said.flatMap(addressesIn).flatMap(({ asWritten }) => addressOf(asWritten) ?? []))
  let taint = taintOfHistory(tools, history) ?? outside.taint ?? taintOfMemories(memories)
  const opened = new Set<string>()
  let bits = 0

  const find = (sources: readonly { url: string }[]) => {
    found = [...sources.map(({ url }) => url).filter((url) => addressOf(url) !== null), ...found]
  }
  for (const { parts, sources, isForeign } of history)
    if (!isForeign && toolCallsOf(parts).every(({ name }) => !isUntrusted(tools, name) || vouches(tools, name))) find(sources)

  /** Each address once, as it was first written. */
  function waitingIn(urls: readonly string[], without: ReadonlySet<string>): Map<string, string> {
    const waiting = new Map<string, string>()
    for (const url of urls) {
      const address = addressOf(url)!
      if (!waiting.has(address) && !without.has(address)) waiting.set(address, url)
    }
    return waiting
  }

  function look() {
    const theirs = waitingIn(named, opened)
    const others = waitingIn(found, new Set([...opened, ...theirs.keys()]))
    const situation: Situation = { named: theirs.size, found: others.size, opened: opened.size }
    return { theirs, others, situation }
  }

  const isKnown = (address: string) => otherSpellings.has(address) || [...named, ...found].some((url) => addressOf(url) === address)

  function openingOf(address: string, url: string, { theirs, others }: ReturnType<typeof look>): Act {
    const written = [...named, ...found].find((other) => addressOf(other) === address)
    const bits = written !== undefined && URL.parse(written)?.href === URL.parse(url)?.href ? 0 : spellingBits
    const [kind, waiting] = theirs.has(address) ? (['named', theirs] as const) : (['found', others] as const)
    const rank = [...waiting.keys()].indexOf(address)
    return rank < 0 ? { kind: 'again', among: opened.size + 1, bits } : { kind, rank, among: waiting.size, bits }
  }

  return {
    /** The tool that untrusted text came from; null while the run is clean. */
    taint: () => taint,

    /** From what earlier attempts and runs of the task had done, too. */
    add(step: RunStep): void {
      if (step.kind !== 'tool') return
      if (isForeign(tools, step)) taint ??= titleOf(tools, step.name)
      if (vouches(tools, step.name)) find(step.sources)
    },

    /** What an earlier attempt did without asking counts on. */
    recall({ observed }: StepOf<'tool'>): void {
      bits += observed?.bits ?? 0
      if (observed?.address) opened.add(observed.address)
    },

    /** What those outside observe of it; null when it is neither the person's own nor was fixed without the model. */
    async weigh({ to, content, choice, page }: Leaving): Promise<Weighed | null> {
      const [address, url] = [addressOf(content), content]
      if (choice.kind === 'move') return { act: { kind: choice.move }, address: null, url }
      if (choice.kind === 'query') {
        const texts = [choice.words].flat()
        const each = await Promise.all(texts.map((text) => measureOwn(said, { kind: 'query', text })))
        const measured = each.reduce((sum, bits) => (sum === null || bits === null ? null : sum + bits), 0)
        // What no run may tell is not theirs, and the question says so.
        return measured === null || measured > toldBitsMax
          ? null
          : { act: { kind: 'query', bits: measured + (choice.bits ?? 0) }, address: null, url }
      }
      if (choice.kind === 'address') return address !== null && isKnown(address) ? { act: 'address', address, url } : null
      const { among, options = 1, text = null } = choice
      const element = (bits: number): Weighed => ({ act: { kind: 'element', among, bits: bits + Math.log2(Math.max(1, options)) }, address, url })
      // The page's own link, found there by the tool and not written by the model, or an address that was known before.
      if (page !== undefined) return (address !== null && isKnown(address)) || isSameOrigin(content, page) ? element(0) : null
      if (text === null) return element(0)
      const measured = await measureOwn(said, { kind: 'passage', text, host: to })
      return measured === null ? null : element(options > 1 ? 0 : measured)
    },

    /** What a person approved, and what a clean run does, is remembered and costs nothing. */
    note({ content, choice }: Leaving): Observed {
      const address = choice.kind === 'address' || choice.kind === 'element' ? addressOf(content) : null
      if (address !== null) opened.add(address)
      return { bits: 0, ...(address !== null && { address }) }
    },

    /** Counts an act that is about to be done; null when it would tell more than a run may unasked. */
    spend({ act, address, url }: Weighed): Observed | null {
      const seen = look()
      const cost = observable(act === 'address' ? openingOf(address!, url, seen) : act, seen.situation)
      if (bits + cost > toldBitsMax) return null
      bits += cost
      if (address !== null) opened.add(address)
      return { bits: cost, ...(address !== null && { address }) }
    },
  }
}

function isSameOrigin(content: string, page: string): boolean {
  const [link, open] = [URL.parse(content), URL.parse(page)]
  return link !== null && open !== null && link.origin === open.origin && link.origin !== 'null'
}

/** A step that was kept before it said so is judged by its tool. */
export const isForeign = (tools: readonly Tool[], { foreign, failed, name }: StepOf<'tool'>) => foreign ?? (!failed && isUntrusted(tools, name))

/** A memory that the person neither wrote nor trusts is text from outside. */
export const isForeignMemory = ({ trusted }: RecalledMemory) => trusted === false

function taintOfMemories(memories: readonly RecalledMemory[]): string | null {
  const foreign = memories.find(isForeignMemory)
  if (foreign?.turn) return `An earlier conversation: ${foreign.turn.taint ?? origins.unknown}`
  return foreign ? `Memory: ${origins[foreign.origin ?? 'unknown']}` : null
}

const origins: Record<MemoryOrigin, string> = {
  person: 'written by you',
  chat: 'from a conversation',
  key: 'stored with an API key',
  tool: 'stored by another program',
  import: 'from a file',
  unknown: 'of unknown origin',
}

/** Where text came from that an application put beside a question. */
export const contextTaint = 'what an application sent with your message'

/** Where text came from that the person attached. */
export const fileTaint = 'a file of this conversation'

/** Where wishes came from that another person wrote: they are text from outside to programs too. */
export const sharedInstructionsTaint = 'instructions of a folder that another person shares'

/** What of a question is from outside, with what stands beside it. */
export const outsideWith = ({ files, pictures, outside, foreignInstructions, sharedInstructions }: Beside): Beside['outside'] => {
  const wishes = sharedInstructions ? sharedInstructionsTaint : foreignInstructions ? keyInstructionsTaint : null
  const beside = files?.length || pictures?.length ? fileTaint : wishes
  return beside === null ? outside : { ...outside, taint: outside?.taint ?? beside }
}
type Beside = Pick<AnswerRequest, 'files' | 'pictures' | 'outside' | 'foreignInstructions' | 'sharedInstructions'>

/** What is text from outside to everybody comes before what is only so to a person. */
export function taintOfHistory(tools: readonly Tool[], history: readonly HistoryMessage[]): string | null {
  const taints = history.flatMap(({ taint, parts }) => {
    const call = toolCallsOf(parts).find(({ name, result }) => result !== null && isUntrusted(tools, name))
    return [...(taint === null ? [] : [taint]), ...(call ? [titleOf(tools, call.name)] : [])]
  })
  return taints.find((taint) => !isKeyTaint(taint)) ?? taints[0] ?? null
}

const vouches = (tools: readonly Tool[], name: string) => tools.find((tool) => tool.name === name)?.vouches ?? false
const titleOf = (tools: readonly Tool[], name: string) => tools.find((tool) => tool.name === name)?.title ?? name

import type { Code } from 'mdast'
import { fileNameOf } from '#features/chat/markdown/file-name.ts'
import { parse, walk } from '#features/chat/markdown/parse.ts'
import { type Block, type Kind, isArtifact, kindOf } from './kinds.ts'

/** What a model wrote to stand by itself, and wrote again. It is nothing but blocks of answers, the oldest first. */
export type Artifact = { name: string; kind: Kind; language: string | undefined; versions: string[] }

type Answer = { role: string; content: string }

/**
 * The artifacts of the branch that is shown. The name of a file in the fence says what is a version of what; a block without one is a version of the
 * block of its language that stands at its place in an earlier answer: the second table of one answer is none of the first.
 */
export function artifactsOf(answers: readonly Answer[]): Artifact[] {
  const found = new Map<string, Artifact>()
  for (const { role, content } of answers) {
    if (role !== 'assistant' || !/```|~~~/.test(content)) continue
    const counts = new Map<string, number>()
    for (const { value, lang, meta } of fencesIn(content)) {
      const block = { code: value, language: lang ?? undefined, note: meta ?? undefined }
      if (!isArtifact(block)) continue
      const { name, isNamed } = nameOf(block)
      const count = (counts.get(name) ?? 0) + 1
      if (!isNamed) counts.set(name, count)
      const shown = isNamed || count === 1 ? name : numbered(name, count)
      const known = found.get(shown)
      if (!known) found.set(shown, { name: shown, kind: kindOf(block.language), language: block.language, versions: [value] })
      // The same again is no new version.
      else if (known.versions.at(-1) !== value) known.versions.push(value)
    }
  }
  return [...found.values()]
}

function fencesIn(content: string): Code[] {
  const fences: Code[] = []
  walk(parse(content), (node) => {
    if (node.type === 'code' && node.data?.closed) fences.push(node)
  })
  return fences
}

/** An artifact with the version that was opened; one that no stored answer has yet is by itself. */
export function opened(artifacts: readonly Artifact[], block: Block): { artifact: Artifact; at: number } {
  const { name } = nameOf(block)
  const candidates = artifacts.filter(({ versions }) => versions.includes(block.code))
  const artifact = candidates.find((one) => one.name === name) ?? candidates[0]
  if (artifact) return { artifact, at: artifact.versions.lastIndexOf(block.code) }
  return { artifact: { name, kind: kindOf(block.language), language: block.language, versions: [block.code] }, at: 0 }
}

function nameOf({ language, note }: Block): { name: string; isNamed: boolean } {
  const unnamed = fileNameOf(language, undefined)
  const name = fileNameOf(language, note)
  return { name, isNamed: name !== unnamed }
}

const numbered = (name: string, count: number) => name.replace(/(?=\.[^.]{1,10}$)/, `-${count}`)

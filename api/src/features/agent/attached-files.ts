import type { AgentDeps } from './answering.ts'
import type { Citations, FilePlace } from './citations.ts'
import { untrustedBlock } from './prompt.ts'
import { screen } from './screen.ts'

/** Text from outside that a person attached, in pieces that can be cited. `note` is what Jarvis says of the file. */
export type AttachedFile = { id: string; name: string; note: string; passages: readonly { position: number; page: number | null; text: string }[] }

const withheld = '(A part of this file is withheld: it tried to give the assistant instructions.)'

/** What the person attached is theirs, what is written in it is anybody's: read piece by piece, so that one bad sentence takes no whole file along. */
export async function attachedFiles(
  deps: Pick<AgentDeps, 'inspectToolOutput'>,
  files: readonly AttachedFile[],
  mark: string,
  numberOf: Citations['numberOf'],
): Promise<string> {
  const blocks: string[] = []
  for (const { id, name, note, passages } of files) {
    const pieces: string[] = []
    let last = -1
    for (const { position, page, text } of passages) {
      const { action, text: shown } = await screen(deps, text)
      const place: FilePlace = { fileId: id, position, page, title: name }
      const gap = last >= 0 && position !== last + 1 ? '[…]\n\n' : ''
      last = position
      const at = page === null ? '' : ` page ${page}`
      pieces.push(`${gap}[${numberOf(place)}]${at}\n${(action === 'block' ? withheld : shown).replace(/^\n{1,9}/, '').trimEnd()}`)
    }
    blocks.push(untrustedBlock(mark, 'file', [`File: ${name}`, note, ...pieces].filter(Boolean).join('\n\n')))
  }
  return blocks.join('\n\n')
}

import type { AgentDeps, AnswerRequest } from './answering.ts'
import { untrustedBlock } from './prompt.ts'
import { screen } from './screen.ts'

const pieceCharactersMax = 4000
const withheld = '(A part of this file is withheld: it tried to give the assistant instructions.)'

/** What the person attached is theirs, what is written in it is anybody's: read piece by piece, so that one bad sentence takes no whole file along. */
export async function attachedFiles(
  deps: Pick<AgentDeps, 'inspectToolOutput'>,
  files: NonNullable<AnswerRequest['files']>,
  mark: string,
): Promise<string> {
  const blocks: string[] = []
  for (const { name, text } of files) {
    const pieces: string[] = []
    for (const piece of piecesOf(text)) {
      const { action, text: shown } = await screen(deps, piece)
      pieces.push(action === 'block' ? `${withheld}\n` : shown)
    }
    blocks.push(untrustedBlock(mark, 'file', `File: ${name}\n\n${pieces.join('')}`))
  }
  return blocks.join('\n\n')
}

function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length;) {
    const last = text.lastIndexOf('\n', from + pieceCharactersMax)
    const to = from + pieceCharactersMax >= text.length ? text.length : last > from + pieceCharactersMax / 2 ? last + 1 : from + pieceCharactersMax
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

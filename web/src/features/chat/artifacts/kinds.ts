import { createContext } from 'react'

/** A block of code as an answer has it: its text, its language, and what else its fence says. */
export type Block = { code: string; language: string | undefined; note: string | undefined }
export type Kind = 'html' | 'svg' | 'diagram' | 'chart' | 'document' | 'code'

/** Opens a block beside the chat; null where there is no place for it. */
export const OpenArtifact = createContext<((block: Block) => void) | null>(null)

const kinds: Record<string, Kind> = {
  html: 'html',
  svg: 'svg',
  mermaid: 'diagram',
  'vega-lite': 'chart',
  markdown: 'document',
  md: 'document',
}
export const kindOf = (language: string | undefined): Kind => {
  const name = language?.toLowerCase() ?? ''
  return Object.hasOwn(kinds, name) ? kinds[name]! : 'code'
}

/** Shorter code is read where it stands. */
const linesMin = 10
export const isArtifact = ({ code, language }: Block) => kindOf(language) !== 'code' || code.split('\n').length >= linesMin

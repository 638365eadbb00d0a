import { Fragment, type ReactNode, createElement } from 'react'
import type { English } from './language.ts'
import { formatCount } from './numbers.ts'
import { formOf } from './say.ts'

type Parts = Record<string, ReactNode | ((words: string) => ReactNode)>

/** A sentence with elements in it: `{name}` is one, and `<name>words</name>` is made of the words between. */
export function sayWith(english: English, parts: Parts): ReactNode {
  return withParts(formOf(english, english, 0), parts)
}

/** The same with a number `{n}` that decides the form. */
export const sayCountWith = (n: number, one: string, many: English, parts: Parts): ReactNode =>
  withParts(formOf(many, n === 1 ? one : many, n).replaceAll('{n}', formatCount(n)), parts)

function withParts(words: string, parts: Parts): ReactNode {
  const said: ReactNode[] = []
  let tag: string | undefined
  let inner = ''
  for (const piece of words.split(/(<\/?\w+>|\{\w+\})/)) {
    const name = /\w+/.exec(piece)?.[0] ?? ''
    if (tag === undefined && piece === `<${name}>`) [tag, inner] = [name, '']
    else if (piece === `</${tag}>`) {
      const part = parts[name]
      said.push(typeof part === 'function' ? part(inner) : part)
      tag = undefined
    } else if (tag !== undefined) inner += piece
    else said.push(piece === `{${name}}` ? (parts[name] as ReactNode) : piece)
  }
  return createElement(Fragment, null, ...said)
}

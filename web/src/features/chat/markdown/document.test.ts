import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDocument } from './document.ts'
import { type Node, childrenOf, plainText } from './node.ts'

const bare = (nodes: readonly Node[]): unknown =>
  JSON.parse(JSON.stringify(nodes, (key, value: unknown) => (key === 'position' || key === 'data' ? undefined : value)))

const shape = (texts: readonly string[], read = createDocument()) => {
  const { sections, definitions, notes } = read(texts, false)
  return {
    sections: sections.map((blocks) => blocks.flatMap(({ nodes }) => bare(nodes))),
    definitions: [...definitions.keys()],
    notes: notes.map(({ identifier }) => identifier),
  }
}

const piece = fc.constantFrom(
  'A paragraph',
  '\n',
  '\n\n',
  '- item\n',
  '1. one\n',
  '> quote\n',
  '```js\n',
  'let x\n',
  '```\n',
  '| a | b |\n| - | - |\n',
  '    indented\n',
  '# Head\n',
  '---\n',
  ' and more',
  ' [the guide][g]',
  '[g]: https://a.example/g "T"\n',
  '[g]: https://b.example\n',
  ' claim[^1]',
  '[^1]: A note\n',
  '<details>\n',
  '</details>\n',
  '<sub>2</sub>',
  '$$\n',
  '\\[x*y*z\\]',
  '**重点：**中文',
)

test('however an answer is streamed, and where tools cut it, it is read as if it had come at once', () => {
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 30 }), { minLength: 1, maxLength: 2 }), (texts) => {
      const read = createDocument()
      const grown = texts.map(() => '')
      for (const [index, pieces] of texts.entries())
        for (const next of pieces) {
          grown[index] += next
          read(grown, true)
        }
      expect(shape(grown, read)).toEqual(shape(grown))
    }),
    { numRuns: 250, examples: [[[['[g]: https://a.example/g "T"\n', '    indented\n', 'A paragraph', '- item\n', '</details>\n']]]] },
  )
})

test('a block stays the same object while nothing of it changes, and is read again when its definition comes', () => {
  const read = createDocument()
  const [first] = read(['See [the guide][g].\n\nTwo\n\nThree\n\nFour'], true).sections[0]!
  const nodes = first!.nodes
  const [again] = read(['See [the guide][g].\n\nTwo\n\nThree\n\nFour\n\nFive'], true).sections[0]!
  expect(again!.nodes).toBe(nodes)
  const [linked] = read(['See [the guide][g].\n\nTwo\n\nThree\n\nFour\n\nFive\n\n[G]: https://a.example'], true).sections[0]!
  expect(JSON.stringify(linked!.nodes)).toContain('linkReference')
})

test('a text that was rewound is read anew', () => {
  const read = createDocument()
  read(['One\n\nTwo\n\nThree\n\nFour\n\nFive'], true)
  expect(read(['One\n\nOther'], true).sections[0]!.map(({ nodes }) => nodes.map(plainText).join(''))).toEqual(['One', 'Other'])
})

const marks = (text: string, cut = false) => {
  const found: string[] = []
  const see = (node: Node) => {
    if (node.type === 'emphasis' || node.type === 'strong' || node.type === 'delete' || node.type === 'formula' || node.type === 'link')
      found.push(`${node.type} ${node.type === 'formula' ? node.source : node.type === 'link' ? node.url : plainText(node)}`)
    childrenOf(node).forEach(see)
  }
  for (const { nodes } of createDocument()([text], cut).sections[0]!) nodes.forEach(see)
  return found
}

test.each<[string, string[]]>([
  ['**重点：**中文。これは**「重要」**です。', ['strong 重点：', 'strong 「重要」']],
  ['这是*重点*内容', ['emphasis 重点']],
  ['a*b*c and 2*3*4', []],
  ['a **bold**ly *said* snake_case_name', ['strong bold', 'emphasis said']],
  ['3~5天，7~10天 ~~gone~~', ['delete gone']],
  ['\\(a^2\\) and \\[x^* + y^*\\] and `\\(code\\)`', ['formula \\(a^2\\)', 'formula \\[x^* + y^*\\]']],
  ['\\[\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}\\]', ['formula \\[\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}\\]']],
  ['So:\n\\[\na\n\n+ b\n\\]\nand on\n\n- x', ['formula \\[\na\n\n+ b\n\\]']],
  ['$$\nx\n\n= y\n$$\n\n**b**', ['formula $$\nx\n\n= y\n$$', 'strong b']],
  ['\\[ never closed\n\n- *a*\n\n```\n\\]\n```', ['emphasis a']],
  ['It costs $5 and $10 a day. $$a_1*b_1$$', ['formula $$a_1*b_1$$']],
  ['见 https://example.com/a，谢谢。（https://example.com）です', ['link https://example.com/a', 'link https://example.com']],
  ['1 \\* 2 \\[x', []],
])('%s', (text, expected) => expect(marks(text)).toEqual(expected))

test.each<[string, string[]]>([
  ['A **bold', ['strong bold']],
  ['So *it', ['emphasis it']],
  ['~~no', ['delete no']],
  ['2*3', []],
  ['[the page](https://exam', ['link https://exam']],
])('what breaks off in %s is closed for show', (text, expected) => expect(marks(text, true)).toEqual(expected))

import mammoth from 'mammoth'
import { expect, test } from 'vitest'
import { wordOf } from './word.ts'

const document = `# Report

A **bold** and *slanted* word, ~~gone~~, \`code\`, and [a link](https://example.org/a).

- one
  - two
- three

1. first
2. second

| Town | People |
| --- | ---: |
| Bonn | 1,200 |

> quoted

\`\`\`ts
const a = 1
\`\`\`

$$
x^2
$$

مرحبا بالعالم

<details><summary>More</summary>

H<sub>2</sub>O is *wet*

</details>

<b>Fat</b> <marquee>as it is</marquee>

[bad](javascript:alert(1)) ![picture](https://evil.example/p.png)
`

test('a document is the same in Word: headings, lists, tables, links and code; nothing in it is loaded or runs', async () => {
  const buffer = Buffer.from(await (await wordOf(document)).arrayBuffer())
  // Read by another program than wrote it.
  const { value } = await mammoth.convertToHtml({ buffer })
  for (const part of [
    '<h1>Report</h1>',
    '<strong>bold</strong>',
    '<em>slanted</em>',
    '<s>gone</s>',
    '<a href="https://example.org/a">a link</a>',
    '<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul>',
    '<ol><li>first</li><li>second</li></ol>',
    '<p><strong>Town</strong></p>',
    '<td><p>1,200</p></td>',
    '<p>quoted</p>',
    '<p>const a = 1</p>',
    'x^2',
    '<p>مرحبا بالعالم</p>',
    'More',
    '<p>H<sub>2</sub>O is <em>wet</em></p>',
    '<strong>Fat</strong> &lt;marquee&gt;as it is&lt;/marquee&gt;',
    '<p>bad [picture]</p>',
  ])
    expect(value).toContain(part)
  expect(value).not.toMatch(/javascript:|evil\.example|<img/)
})

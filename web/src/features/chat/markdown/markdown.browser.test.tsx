import fc from 'fast-check'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { Markdown } from './markdown.tsx'

function page(text: string, cut = false): Document {
  const html = renderToStaticMarkup(<Markdown segments={[{ kind: 'text', text }]} cut={cut} sources={[]} tools={() => null} />)
  return new DOMParser().parseFromString(html, 'text/html')
}

/** What a reader can get at: the text, and what a link, a title or a label shows. */
function reachable({ body }: Document): string {
  const attributes = [...body.querySelectorAll('*')].flatMap((element) =>
    ['href', 'title', 'alt', 'aria-label', 'src'].map((name) => element.getAttribute(name) ?? ''),
  )
  return `${body.textContent} ${attributes.map((value) => decoded(value)).join(' ')}`
}

function decoded(value: string) {
  try {
    return `${value} ${decodeURI(value)}`
  } catch {
    return value
  }
}

let words = 0
const word = fc.constant(null).map(() => `w${++words}x`)
const fill = (...parts: string[]) =>
  fc
    .array(word, { minLength: parts.length - 1, maxLength: parts.length - 1 })
    .map((names) => parts.map((part, at) => part + (names[at] ?? '')).join(''))

const piece = fc.oneof(
  fill('Some ', ' text '),
  fill('**', '：**', '中文'),
  fill('*', '*', '_', '_'),
  fill('[', '][', ']'),
  fill('[', ']'),
  fill('[', '][g]'),
  fill('\n\n[g]: https://a.example/', ' "', '"\n\n'),
  fc.constant(' [^n]'),
  fill('\n\n[^n]: ', '\n'),
  fill('\n\n[', ']: https://a.example/', ' "', '"\n\n'),
  fill('[', '](https://b.example/', ' "', '")'),
  fill('[', '](javascript:', ')'),
  fill('![', '](https://c.example/', ')'),
  fill('![', '][', ']'),
  fill(' claim[^', ']'),
  fill('\n\n[^', ']: ', '\n\n    ', '\n\n'),
  fill('\n\n```', ' title=', '\n', '\n```\n\n'),
  fill('\n\n```', '\n', ''),
  fill('\n- ', '\n  - [x] ', '\n3. ', '\n'),
  fill('\n\n| ', ' | ', ' |\n| - | - |\n| ', ' | ', ' | ', ' |\n\n'),
  fill('<details>\n<summary>', '</summary>\n\n', '\n\n</details>\n\n'),
  fill('<sub>', '</sub>', '<br>'),
  fill('<script src="', '">', '</script>'),
  fill('<!-- ', ' -->'),
  fill('\n\n<div class="', '">\n', '\n</div>\n\n'),
  fill('\\(', '^2\\) \\[', '\\] $$', '$$'),
  fill('`', '` ``', ''),
  fill('https://d.example/', '，', ''),
  fill('<https://e.example/', '>'),
  fill('\n\n# ', ' #\n\n> ', '\n\n'),
  fill('\n', '\n===\n'),
  fill('&', '; &amp; \\', ''),
  fill('~~', '~~ ', '~', ''),
  fc.constantFrom('\n', '\n\n', '**', '`', '[', '](', '<', '>', '    ', '\t', '$$', '\\', '|', '\n> ', '\n1. '),
)

test('every word of an answer is on the page, or in a control that shows it: whole, streamed or broken off', () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 14 }), fc.boolean(), (pieces, cut) => {
      const text = pieces.join('')
      const shown = reachable(page(text, cut))
      const lost = (text.match(/w\d+x/g) ?? []).filter((name) => !shown.includes(name))
      expect(lost, text).toEqual([])
    }),
    { numRuns: 400 },
  )
})

const html = (text: string, cut = false) => page(text, cut).body.innerHTML

test('a reference finds its definition, wherever it stands; one that nobody uses is shown', () => {
  const { body } = page(
    'See [the guide][g], [Guide] and ![map][m].\n\nMore.\n\n[g]: https://a.example/g "T"\n[guide]: https://a.example/h\n[m]: https://a.example/m\n[left]: https://a.example/over',
  )
  expect([...body.querySelectorAll('a')].map(({ href }) => href)).toEqual(['https://a.example/g', 'https://a.example/h', 'https://a.example/m'])
  expect(body.querySelector('a')!.title).toBe('T\nhttps://a.example/g')
  expect(body.textContent).toContain('[left]: https://a.example/over')
  expect(body.textContent).not.toContain('[g]')
})

test('footnotes are numbered as they are named, and stand at the end', () => {
  const { body } = page(
    'A claim[^b] and another[^a].\n\nAgain[^b].\n\n[^a]: First **note**.\n[^b]: Second, with https://a.example\n[^c]: Nobody names it.',
  )
  expect([...body.querySelectorAll('sup')].map(({ textContent }) => textContent)).toEqual(['1', '2', '1'])
  const notes = [...body.querySelectorAll('section[aria-label="Footnotes"] li')]
  expect(notes.map(({ textContent }) => textContent)).toEqual(['Second, with https://a.example', 'First note.', 'Nobody names it.'])
  expect(`#${notes[0]!.id}`).toBe(body.querySelector('sup a')!.getAttribute('href'))
})

test('a few HTML elements are what they are, without attributes; all other HTML is text', () => {
  expect(html('H<sub>2</sub>O<br>x<sup>2</sup>')).toContain('H<sub>2</sub>O<br>x<sup>2</sup>')
  const { body } = page('<details>\n<summary>More</summary>\n\nHidden **bold**\n\n- one\n\n</details>\n\nAfter')
  expect(body.querySelector('details > summary')!.textContent).toBe('More')
  expect(body.querySelector('details strong')!.textContent).toBe('bold')
  expect(body.querySelector('details')!.textContent).not.toContain('After')
  const evil = '<img src=x onerror=alert(1)> <sub onclick="x()">a</sub> <script>alert(1)</script> <details open ontoggle=alert(1)>x</details>'
  const { body: safe } = page(evil)
  expect(safe.querySelectorAll('img, script, [onclick], [ontoggle], [onerror]')).toHaveLength(0)
  expect(safe.textContent).toContain('<sub onclick="x()">')
  expect(html('| a | b |\n|---|---|\n| 1<br>2 | 3 \\| 4 |')).toMatch(/1<br>2.*3 \| 4/)
})

test('a figure with its unit is never parted; words are', () => {
  const { body } = page('| a | b |\n| --- | ---: |\n| north and west | +18.0 % |\n| 12 sacks of coffee beans | €48,200 |')
  const whole = [...body.querySelectorAll('td')].filter(({ className }) => className === 'whitespace-nowrap')
  expect(whole.map(({ textContent }) => textContent)).toEqual(['+18.0 %', '€48,200'])
})

test('numbers of a list stay as they were written; cells beyond the head stay too', () => {
  const numbers = (text: string) => [...page(text).body.querySelectorAll('li')].map((item) => item.getAttribute('value'))
  expect(numbers('1. a\n3. b\n4. c')).toEqual([null, '3', '4'])
  expect(numbers('1. a\n1. b\n1. c')).toEqual([null, null, null])
  expect(page('7) a\n8) b').body.querySelector('ol')!.start).toBe(7)
  expect(page('| a |\n| - |\n| 1 | 2 |').body.querySelectorAll('td')).toHaveLength(2)
})

const target = 'https://evil.example/x'
const attacks: string[] = [
  '<script>alert(1)</script>',
  '<ScRiPt src=//evil.example/x></ScRiPt>',
  '<img src=x onerror=alert(1)>',
  `<img src="${target}">`,
  `<img srcset="${target} 1x">`,
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  `<svg><use href="${target}#x"/></svg>`,
  `<svg><image href="${target}"/></svg>`,
  '<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>',
  `<iframe src="${target}"></iframe>`,
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  `<object data="${target}"></object>`,
  `<embed src="${target}">`,
  `<link rel=stylesheet href="${target}">`,
  `<link rel=preload as=image href="${target}">`,
  `<meta http-equiv=refresh content="0;url=${target}">`,
  `<base href="${target}">`,
  `<form action="${target}"><input autofocus onfocus=alert(1)></form>`,
  '<button formaction=javascript:alert(1)>x</button>',
  '<details open ontoggle=alert(1)><summary>x</summary></details>',
  '<details>\n<summary onclick=alert(1)>x</summary>\n\n<img src=x onerror=alert(1)>\n\n</details>',
  '<sub onmouseover=alert(1) style="background:url(https://evil.example/x)">a</sub>',
  '<br onclick=alert(1)>',
  `<style>@import "${target}"</style>`,
  `<div style="background:url(${target})">x</div>`,
  `<video poster="${target}"><source src="${target}"></video>`,
  `<audio src="${target}" autoplay onerror=alert(1)>`,
  `<body background="${target}" onload=alert(1)>`,
  '<template><script>alert(1)</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<a href="javascript:alert(1)">x</a>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[<script>alert(1)</script>]]>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](<java\nscript:alert(1)>)',
  '[x](&#106;avascript:alert(1))',
  '[x](javascript&colon;alert(1))',
  '[x](%6aavascript:alert(1))',
  '[x]( \u0001javascript:alert(1))',
  '[x](vbscript:msgbox(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](blob:https://evil.example/x)',
  '[x](file:///etc/passwd)',
  '[x](view-source:https://evil.example)',
  '<javascript:alert(1)>',
  '[x][j]\n\n[j]: javascript:alert(1)',
  `![x](${target})`,
  '![x](javascript:alert(1))',
  `![x][i]\n\n[i]: ${target}`,
  `![a](data:image/svg+xml,<svg onload=alert(1)>)`,
  `[![x](${target})](${target})`,
  '[x](https://a.example "onmouseover=alert(1) \\" x=")',
  `claim[^1]\n\n[^1]: <img src=x onerror=alert(1)> ![x](${target})`,
  '| a |\n|---|\n| <img src=x onerror=alert(1)> |',
  '```"><img src=x onerror=alert(1)>\n<script>alert(1)</script>\n```',
  '~~~js onload=alert(1)\n</code></pre><script>alert(1)</script>\n~~~',
  '`<img src=x onerror=alert(1)>`',
  '\\(<img src=x onerror=alert(1)>\\) \\[\\href{javascript:alert(1)}{x}\\] $$\\includegraphics{https://evil.example/x}$$',
  '# <script>alert(1)</script>\n> - <svg onload=alert(1)>',
  'www.evil.example/"onmouseover="alert(1)',
]
const elementsAllowed =
  'a bdi blockquote body br button caption code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr input kbd li mark ol p path pre rect line circle polyline section small span strong sub summary sup svg table tbody td th thead tr u ul i b s'

test.each(attacks)('is text, or a link that a person may follow: %s', (attack) => {
  for (const text of [attack, `Before ${attack} after`, `> - ${attack}`, attack.slice(0, -1)])
    for (const cut of [false, true])
      for (const element of page(text, cut).body.querySelectorAll('*')) {
        expect(elementsAllowed.split(' ')).toContain(element.localName)
        for (const { name, value } of element.attributes) {
          expect(name).not.toMatch(/^on|^(src|srcset|srcdoc|action|formaction|poster|data|background|xlink:href|ping)$/)
          if (name === 'href') expect(new URL(value, 'https://jarvis.example').protocol).toMatch(/^(https?|mailto):$/)
          if (name === 'style') expect(value).not.toMatch(/url|expression|@import/i)
        }
      }
})

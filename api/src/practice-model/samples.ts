const countMax = 5000
const paragraphsOfStory = 12

/** A long answer on request, so that stop and reconnect can be tried. */
export function longAnswer(text: string): string | undefined {
  const count = /\bcount (?:up )?(?:from (\d+) )?(?:up )?to (\d{1,6})\b/i.exec(text)
  if (count) {
    const from = Number(count[1] ?? 1)
    const to = Math.min(Number(count[2]), from + countMax - 1)
    return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => String(from + index)).join(', ')
  }
  if (/\blong(?:er)?\b[\w\s,]{0,30}\b(?:answer|story|text|essay|poem|reply|article)\b|\b(?:tell|write)\b[\w\s]{0,20}\b(?:story|essay)\b/i.test(text))
    return story()
  return undefined
}

const characters = ['a lighthouse keeper', 'a clock maker', 'a young gardener', 'a retired captain', 'a travelling librarian', 'a careful baker']
const places = ['at the edge of the harbour', 'in a house full of maps', 'under the old railway bridge', 'on the quiet side of the hill']
const findings = ['a letter without a sender', 'a key that fitted no door', 'a compass that pointed south', 'a seed that hummed at night']

const pick = (list: string[], index: number) => list[index % list.length]!

function story(): string {
  const chapters = Array.from({ length: paragraphsOfStory }, (_, index) => {
    const [who, where, what] = [pick(characters, index), pick(places, index + 1), pick(findings, index + 2)]
    return (
      `## Chapter ${index + 1}\n\nThere was once ${who} who lived ${where} and who never hurried. One morning, before the town was awake, there lay ` +
      `${what} on the doorstep. Nobody had seen who brought it, and nobody could say what it was for. So it was put on the table, next to the bread, ` +
      'and looked at from every side until the tea was cold. In the end it was decided to ask the next person along the road.'
    )
  })
  return `# The long road\n\n${chapters.join('\n\n')}\n\nThe end.`
}

const code: Record<string, string> = {
  python: 'def greet(name: str) -> str:\n    return f"Hello, {name}!"\n\n\nprint(greet("world"))',
  javascript: 'const greet = (name) => `Hello, ${name}!`\n\nconsole.log(greet("world"))',
  typescript: 'const greet = (name: string): string => `Hello, ${name}!`\n\nconsole.log(greet("world"))',
  rust: 'fn greet(name: &str) -> String {\n    format!("Hello, {name}!")\n}\n\nfn main() {\n    println!("{}", greet("world"));\n}',
  go: 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("Hello, world!")\n}',
  java: 'class Hello {\n    public static void main(String[] args) {\n        System.out.println("Hello, world!");\n    }\n}',
  c: '#include <stdio.h>\n\nint main(void) {\n    puts("Hello, world!");\n    return 0;\n}',
  cpp: '#include <iostream>\n\nint main() {\n    std::cout << "Hello, world!\\n";\n}',
  sql: "SELECT name, count(*) AS greetings\nFROM hello\nWHERE name = 'world'\nGROUP BY name;",
  bash: 'name=${1:-world}\necho "Hello, $name!"',
  html: '<!doctype html>\n<title>Hello</title>\n<h1>Hello, world!</h1>',
  css: '.hello {\n  color: rebeccapurple;\n}',
  json: '{\n  "hello": "world"\n}',
}
const spellings: [RegExp, string][] = [
  [/\btypescript\b|\bts\b/i, 'typescript'],
  [/\bjavascript\b|\bjs\b/i, 'javascript'],
  [/\bc\+\+|\bcpp\b/i, 'cpp'],
  [/\bgolang\b/i, 'go'],
  [/\bshell\b/i, 'bash'],
]

/** Shows what the chat view can render: a heading, a list, a table and code in the language asked for. */
export function markdownSample(text: string): string | undefined {
  if (
    !/\b(?:show|give|write|demo|demonstrate|example|display|print)\b[\s\S]{0,60}\b(?:markdown|code|table|list|function|script|snippet|program)\b/i.test(
      text,
    )
  )
    return undefined
  const language = languageIn(text)
  return `## A sample in Markdown

It is made up, so that you can see how *emphasis*, **strong text**, \`code\` and [links](https://commonmark.org) look.

1. First, a numbered list
2. with two entries
   - and one nested below

| feature | shown |
| --- | :---: |
| heading | yes |
| table | yes |
| code | ${language} |

\`\`\`${language}
${code[language]}
\`\`\``
}

function languageIn(text: string): string {
  const spelled = spellings.find(([pattern]) => pattern.test(text))
  if (spelled) return spelled[1]
  return Object.keys(code).find((name) => new RegExp(String.raw`\b${name}\b`, 'i').test(text)) ?? 'python'
}

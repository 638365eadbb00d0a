import { Download, ListOrdered, WrapText } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { saveText } from '#lib/save-text.ts'
import { IconButton } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { cx } from '#ui/cx.ts'
import { fileNameOf } from './file-name.ts'
import { useHighlighted } from './use-highlighted.ts'
import { say } from '#words/say.ts'

type CodeProps = {
  code: string
  language?: string | undefined
  /** What else the fence says, as a file's name. */ note?: string | undefined
  actions?: ReactNode
}

export function CodeBlock({ code, language, note, actions }: CodeProps) {
  const { lines, rest } = useHighlighted(code, language)
  const [wrapped, setWrapped] = useState(false)
  const [numbered, setNumbered] = useState(false)
  const plain = rest.split('\n')
  // What is not coloured yet goes on in the line where the colours end.
  const shown =
    lines.length > 0 ? [...lines.slice(0, -1), [...lines.at(-1)!, { content: plain[0]! }], ...plain.slice(1).map(asLine)] : plain.map(asLine)
  return (
    <figure className="overflow-hidden rounded-xl border border-line bg-sunken">
      <figcaption className="flex items-center justify-between pe-1 ps-4 text-[0.8125rem] text-muted">
        <span className="min-w-0 truncate" title={note}>
          {[language ?? say('text'), note].filter(Boolean).join(' · ')}
        </span>
        <span className="flex">
          {actions}
          <IconButton
            small
            label={numbered ? say('Hide line numbers') : say('Show line numbers')}
            aria-pressed={numbered}
            onClick={() => setNumbered(!numbered)}
          >
            <ListOrdered className="size-4" />
          </IconButton>
          <IconButton
            small
            label={wrapped ? say('Do not wrap lines') : say('Wrap lines')}
            aria-pressed={wrapped}
            onClick={() => setWrapped(!wrapped)}
          >
            <WrapText className="size-4" />
          </IconButton>
          <IconButton small label={say('Download code')} onClick={() => saveText(fileNameOf(language, note), code)}>
            <Download className="size-4" />
          </IconButton>
          <CopyButton text={code} label={say('Copy code')} />
        </span>
      </figcaption>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        dir="ltr"
        aria-label={language ? say('Code in {language}', { language }) : say('Code')}
        role="group"
        className={cx(
          'overflow-x-auto px-4 pb-4 font-mono text-[0.84375rem] leading-[1.65]',
          numbered && 'numbered',
          wrapped ? 'whitespace-pre-wrap' : '[overflow-wrap:normal]',
        )}
      >
        <code>
          {shown.map((tokens, line) => (
            // oxlint-disable-next-line react/no-array-index-key -- lines have no other name
            <span key={line} className="line">
              {tokens.map(({ content, color }, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- nor have tokens
                <span key={index} style={color ? { color } : undefined}>
                  {content}
                </span>
              ))}
              {line < shown.length - 1 && '\n'}
            </span>
          ))}
        </code>
      </pre>
    </figure>
  )
}

type Line = { content: string; color?: string | undefined }[]
const asLine = (content: string): Line => [{ content }]

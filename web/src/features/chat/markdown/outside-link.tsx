import type { Citation as Cited } from '@jarvis/contracts/chat.ts'
import { Image } from 'lucide-react'
import type { ReactNode } from 'react'
import { placeOf, showPassage } from '#features/chat/cited.ts'
import { parseUrl } from '#lib/url.ts'
import { say } from '#words/say.ts'

function hostOf(href: string): string | null {
  const url = parseUrl(href, location.origin)
  return url && /^https?:$/.test(url.protocol) && url.host !== location.host ? url.host.replace(/^www\./, '') : null
}

const schemes = /^(?:https?|mailto|tel):$/

/** Anything else, as `javascript:`, leads nowhere and is shown as text. */
const mayFollow = (href: string) => href !== '' && schemes.test(parseUrl(href, location.origin)?.protocol ?? '')

type LinkProps = { href: string; title?: string | null | undefined; /** What is shown, as plain text. */ text?: string; children: ReactNode }

/** Shows where a link leads, since its text comes from a model that may have read anything. */
export function OutsideLink({ href, title, text = '', children }: LinkProps) {
  if (!mayFollow(href))
    return (
      <>
        {children}
        {` (${[href, title].filter(Boolean).join(' ')})`}
      </>
    )
  const host = hostOf(href)
  const named = host !== null && hostOf(text.includes('://') ? text : `https://${text}`) === host
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={[title, href].filter(Boolean).join('\n')}>
      {children}
      {host && !named && (
        <>
          {' '}
          <bdi className="inline-block text-[0.8125em] text-faint">({host})</bdi>
        </>
      )}
    </a>
  )
}

/** The number of a source that is listed below. What was in a file of another's is only a number. */
export function Citation({ source, text }: { source: Cited; text: string }) {
  const { title, url, fileId } = source
  const name = <span className="sr-only">{say('Source')} </span>
  if (fileId)
    return (
      <button
        type="button"
        title={placeOf(source)}
        className="cursor-pointer align-baseline text-[0.8125em] text-accent underline underline-offset-2"
        onClick={() => void showPassage(source)}
      >
        {name}
        {text}
      </button>
    )
  if (!url) return text
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" title={`${title}\n${url}`} className="text-[0.8125em]">
      {name}
      {text}
    </a>
  )
}

type ImageProps = { src: string; alt?: string | null | undefined; title?: string | null | undefined }

/** An image of another origin is never fetched: its address alone can carry what was said to its server. */
export function OutsideImage({ src, alt, title }: ImageProps) {
  if (mayFollow(src) && !hostOf(src)) return <img src={src} alt={alt ?? ''} title={title ?? undefined} className="max-w-full rounded-lg" />
  return (
    <OutsideLink href={src} title={title}>
      <Image aria-hidden className="me-1 inline size-4 align-[-0.2em]" />
      {alt ? say('Image: {name}', { name: alt }) : say('Image: untitled')}
    </OutsideLink>
  )
}

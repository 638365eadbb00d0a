import { Image } from 'lucide-react'
import type { ReactNode } from 'react'

function hostOf(href: string): string | null {
  const url = URL.parse(href, location.origin)
  return url && /^https?:$/.test(url.protocol) && url.host !== location.host ? url.host.replace(/^www\./, '') : null
}

type LinkProps = { href?: string | undefined; cited?: string | undefined; children: ReactNode }

/** Shows where a link leads, since its text comes from a model that may have read anything. `cited` is the title of a source that is listed below. */
export function OutsideLink({ href = '', cited, children }: LinkProps) {
  if (cited !== undefined)
    return (
      <a href={href} target="_blank" rel="noopener noreferrer" title={`${cited}\n${href}`} className="text-[0.8125em]">
        <span className="sr-only">Source </span>
        {children}
      </a>
    )
  const host = hostOf(href)
  const named = typeof children === 'string' && host !== null && hostOf(children.includes('://') ? children : `https://${children}`) === host
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" title={href}>
      {children}
      {host && !named && (
        <>
          {' '}
          <span className="inline-block text-[0.8125em] text-faint">({host})</span>
        </>
      )}
    </a>
  )
}

/** An image of another origin is never fetched: its address alone can carry what was said to its server. */
export function OutsideImage({ src, alt }: { src?: string | Blob | undefined; alt?: string | undefined }) {
  if (typeof src !== 'string' || !src) return <>{alt}</>
  if (!hostOf(src)) return <img src={src} alt={alt ?? ''} className="max-w-full rounded-lg" />
  return (
    <OutsideLink href={src}>
      <Image aria-hidden className="mr-1 inline size-4 align-[-0.2em]" />
      {`Image: ${alt || 'untitled'}`}
    </OutsideLink>
  )
}

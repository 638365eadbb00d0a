import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { FileText, ImageOff } from 'lucide-react'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { usePicture } from '#lib/picture.ts'
import { failureText } from '#lib/problem.ts'
import type { AttachedPart } from './attachments.ts'
import { contentOf, saveFile } from './file-content.ts'
import { say } from '#words/say.ts'

/** The files that came with a message. */
export function Attached({ parts }: { parts: readonly AttachedPart[] }) {
  return (
    <ul aria-label={say('Files of this message')} className="flex max-w-full flex-wrap justify-end gap-2">
      {parts.map((part) => (
        <li key={part.fileId} className="max-w-full">
          {part.type === 'image' ? <Picture fileId={part.fileId} /> : <Document {...part} />}
        </li>
      ))}
    </ul>
  )
}

function Document({ fileId, name }: Extract<AttachedPart, { type: 'file' }>) {
  const { data: file, error } = useQuery({
    queryKey: ['file', fileId],
    queryFn: ({ signal }) => call(endpoints.file, { params: { id: fileId } }, signal),
    retry: false,
  })
  return (
    <div className="max-w-full rounded-xl border border-line bg-sunken">
      <button
        type="button"
        disabled={error !== null}
        aria-label={say('Download {name}', { name })}
        className="flex min-h-10 max-w-full items-center gap-2 rounded-xl px-3 text-sm hover:bg-hover disabled:hover:bg-transparent"
        onClick={() => void saveFile(fileId, name)}
      >
        <FileText aria-hidden className="size-4 shrink-0 text-muted" />
        <span dir="auto" className="truncate">
          {name}
        </span>
        {error && <span className="shrink-0 text-muted">{say('deleted')}</span>}
      </button>
      {file?.error && <p className="max-w-72 px-3 pb-2 text-[0.8125rem] text-danger">{failureText(file.error)}</p>}
    </div>
  )
}

function Picture({ fileId }: { fileId: string }) {
  const { here, failed, show } = usePicture(contentOf(fileId))
  const [large, setLarge] = useState(false)
  if (failed)
    return (
      <p className="flex min-h-10 items-center gap-2 rounded-xl border border-line bg-sunken px-3 text-sm text-muted">
        <ImageOff aria-hidden className="size-4" />
        {say('Picture, deleted')}
      </p>
    )
  if (!here) return <span className="block size-24 rounded-xl bg-sunken" />
  return (
    <button
      type="button"
      aria-expanded={large}
      aria-label={large ? say('Show the picture small') : say('Show the picture large')}
      className="appear block max-w-full overflow-hidden rounded-xl border border-line"
      onClick={() => setLarge(!large)}
    >
      <img ref={show} alt="" className={large ? 'max-h-[70dvh] max-w-full' : 'max-h-44 max-w-full'} />
    </button>
  )
}

import { useQuery } from '@tanstack/react-query'
import { FileText, RotateCcw, X } from 'lucide-react'
import { useModel } from '#features/chat/composer/chosen-model.ts'
import { formatBytes } from '#lib/format.ts'
import { modelsQuery } from '#lib/offers.ts'
import { useStore } from '#lib/store.ts'
import { IconButton } from '#ui/button.tsx'
import { cx } from '#ui/cx.ts'
import { type Attachment, attachments } from './attachments.ts'
import { readAgain, removeFile, retryFile } from './uploads.ts'
import { readingNow } from '#lib/reading-now.ts'
import { say } from '#words/say.ts'

/** What goes with the next message: how far it is, what is wrong with it, and a way to take it out. */
export function Tray({ conversationId }: { conversationId: string }) {
  const mine = useStore(attachments).filter((one) => one.conversationId === conversationId)
  const unseen = useUnseen(mine.some(({ part }) => part?.type === 'image'))
  if (mine.length === 0) return null
  return (
    <section aria-label={say('Files to send')} className="px-2 pt-2">
      <ul className="flex max-h-44 flex-wrap gap-2 overflow-y-auto">
        {mine.map((one) => (
          <Chip key={one.key} attachment={one} />
        ))}
      </ul>
      {unseen && <p className="pt-1 text-[0.8125rem] text-warn">{unseen}</p>}
      <p role="status" className="sr-only">
        {mine.map(({ name, ...rest }) => `${name}: ${said({ name, ...rest })}`).join('. ')}
      </p>
    </section>
  )
}

/** What to say where whichever model answers does not see the pictures. */
function useUnseen(hasPictures: boolean): string | null {
  const chosen = useModel()
  const { data } = useQuery(modelsQuery)
  const models = data?.items ?? []
  const model = models.find(({ id }) => id === chosen)
  if (!hasPictures || models.length === 0 || (model ? [model] : models).some(({ capabilities }) => capabilities.images)) return null
  const fault = model
    ? say('{model} does not see pictures: it gets the words that can be read in them.', { model: model.name })
    : say('None of your models sees pictures: they get the words that can be read in them.')
  return models.some(({ capabilities }) => capabilities.images) ? `${fault} ${say('Choose another model for that.')}` : fault
}

function Chip({ attachment }: { attachment: Attachment }) {
  const { key, name, state, share, error, part, preview } = attachment
  return (
    <li
      className={cx(
        'relative flex w-full max-w-full items-center gap-2 overflow-hidden rounded-xl border bg-sunken p-1.5',
        error ? 'border-danger' : 'border-line sm:w-64',
      )}
    >
      {preview ? (
        <img src={preview} alt="" className="size-9 shrink-0 rounded-lg object-cover" />
      ) : (
        <FileText aria-hidden className="mx-1.5 size-6 shrink-0 text-muted" />
      )}
      <div className="min-w-0 grow">
        <p dir="auto" className="truncate text-sm">
          {name}
        </p>
        <p className={cx('text-[0.8125rem]', error ? 'text-danger' : 'truncate text-muted')}>{said(attachment)}</p>
      </div>
      {state === 'failed' && (
        <IconButton small label={say('Send {name} again', { name })} onClick={() => retryFile(key)}>
          <RotateCcw className="size-4" />
        </IconButton>
      )}
      {error !== null && part && (
        <IconButton small label={say('Read {name} again', { name })} onClick={() => void readAgain(key, part.fileId)}>
          <RotateCcw className="size-4" />
        </IconButton>
      )}
      <IconButton small label={state === 'sending' ? say('Cancel {name}', { name }) : say('Remove {name}', { name })} onClick={() => removeFile(key)}>
        <X className="size-4" />
      </IconButton>
      {state === 'sending' && !attachment.isPage && (
        <progress
          aria-label={say('Sending {name}', { name })}
          value={share}
          max={1}
          className="absolute inset-x-0 bottom-0 h-0.5 w-full appearance-none [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-transparent [&::-webkit-progress-value]:bg-accent"
        />
      )}
    </li>
  )
}

function said({ state, share, isPage, progress, error, bytes }: Attachment): string {
  if (error) return error
  if (state === 'waiting') return say('Waiting to be sent')
  if (state === 'sending' && isPage) return say('Fetching the page')
  if (state === 'sending') return share < 1 ? say('Sending, {percent} %', { percent: Math.floor(share * 100) }) : say('Sending')
  return state === 'reading' ? readingNow(progress) : formatBytes(bytes)
}

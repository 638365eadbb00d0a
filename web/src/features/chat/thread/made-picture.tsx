import type { ImagePart } from '@jarvis/contracts/parts.ts'
import { Download, ImageOff, X } from 'lucide-react'
import { useState } from 'react'
import { contentOf, saveFile } from '#features/chat/attach/file-content.ts'
import { usePicture } from '#lib/picture.ts'
import { IconButton } from '#ui/button.tsx'
import { Modal } from '#ui/modal.tsx'
import { say } from '#words/say.ts'

/** A picture that was made for this person: in the thread, large on request, and to be saved. What it shows is said in the words that it was made from. */
export function MadePicture({ picture: { fileId, mediaType, alt = '' } }: { picture: ImagePart }) {
  const { here, failed, show } = usePicture(contentOf(fileId))
  const [large, setLarge] = useState(false)
  if (failed)
    return (
      <p className="my-1 flex min-h-10 w-fit items-center gap-2 rounded-xl border border-line bg-sunken px-3 text-sm text-muted">
        <ImageOff aria-hidden className="size-4" />
        {say('Picture, deleted')}
      </p>
    )
  if (!here) return <span className="my-1 block aspect-square w-full max-w-96 rounded-xl bg-sunken" />
  const save = (
    <IconButton
      label={say('Save the picture')}
      className="border border-line bg-raised"
      onClick={() => void saveFile(fileId, `${say('Picture')}.${mediaType.split('/')[1]}`)}
    >
      <Download className="size-4" />
    </IconButton>
  )
  return (
    <>
      <figure className="appear relative my-1 w-fit max-w-full">
        <button
          type="button"
          aria-label={say('Show the picture large')}
          className="block max-w-full overflow-hidden rounded-xl border border-line transition-colors hover:border-line-strong"
          onClick={() => setLarge(true)}
        >
          <img ref={show} alt={alt} dir="auto" className="max-h-96 w-auto max-w-full" />
        </button>
        <span className="absolute end-2 top-2">{save}</span>
        <figcaption dir="auto" className="sr-only">
          {alt}
        </figcaption>
      </figure>
      {large && (
        <Modal
          label={say('Picture')}
          onClose={() => setLarge(false)}
          className="appear m-auto max-h-[94dvh] max-w-[94vw] rounded-xl border border-line bg-raised shadow-raised"
        >
          <div className="relative">
            <span className="absolute end-2 top-2 flex gap-2">
              {save}
              <IconButton label={say('Close')} data-first-focus className="border border-line bg-raised" onClick={() => setLarge(false)}>
                <X className="size-4" />
              </IconButton>
            </span>
            <img ref={show} alt={alt} className="max-h-[78dvh] w-auto max-w-full" />
            <p dir="auto" className="max-w-[68ch] px-4 py-3 text-sm text-muted wrap-anywhere">
              {alt}
            </p>
          </div>
        </Modal>
      )}
    </>
  )
}

import { X } from 'lucide-react'
import { useState } from 'react'
import { usePicture } from '#lib/picture.ts'
import { IconButton } from '#ui/button.tsx'
import { Modal } from '#ui/modal.tsx'
import { say } from '#words/say.ts'

/** What a tool saw: small in the thread, large on request. `of` says what it is a picture of. */
export function Screenshot({ url, of }: { url: string; of: string }) {
  const { here, show } = usePicture(url)
  const [large, setLarge] = useState(false)
  if (!here) return null
  const alt = say('Screenshot, {of}', { of })
  return (
    <>
      <button
        type="button"
        aria-label={say('{what}: show large', { what: alt })}
        className="appear mb-1 ms-6 block w-fit overflow-hidden rounded-lg border border-line transition-colors hover:border-line-strong"
        onClick={() => setLarge(true)}
      >
        <img ref={show} alt="" className="max-h-44 w-auto max-w-full" />
      </button>
      {large && (
        <Modal
          label={alt}
          onClose={() => setLarge(false)}
          className="appear m-auto max-h-[94dvh] max-w-[94vw] rounded-xl border border-line bg-raised shadow-raised"
        >
          <div className="relative">
            <IconButton
              label={say('Close')}
              data-first-focus
              className="absolute top-2 end-2 border border-line bg-raised"
              onClick={() => setLarge(false)}
            >
              <X className="size-4" />
            </IconButton>
            <img ref={show} alt={alt} className="max-h-[90dvh] w-auto max-w-full" />
          </div>
        </Modal>
      )}
    </>
  )
}

import type { Prompt } from '@jarvis/contracts/prompts.ts'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { messageOf } from '#lib/problem.ts'
import { useUser } from '#lib/session.ts'
import { useMayShare } from '#lib/sharing.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { ShareThing } from '#features/chat/share-thing.tsx'
import { PromptForm } from './prompt-form.tsx'
import { promptsQuery } from './prompt-queries.ts'
import { say } from '#words/say.ts'

/** All prompts that a person has, to add to and to change. */
export function PromptsDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(promptsQuery)
  const isAdmin = useUser()?.role === 'admin'
  const [edited, setEdited] = useState<Prompt | 'new' | null>(null)
  const [shared, setShared] = useState<Prompt | null>(null)
  const mayShareOwn = useMayShare()
  if (shared) return <ShareThing kind="prompt" id={shared.id} name={shared.name} onClose={() => setShared(null)} />
  if (edited)
    return (
      <Dialog title={edited === 'new' ? say('New prompt') : say('Change the prompt')} onClose={onClose} wide>
        <PromptForm
          prompt={edited === 'new' ? undefined : edited}
          mayShare={isAdmin}
          onDone={() => setEdited(null)}
          {...(mayShareOwn && { onShare: setShared })}
        />
      </Dialog>
    )
  return (
    <Dialog title={say('Prompts')} onClose={onClose} wide>
      <p className="text-muted">{say('Texts that you ask with again. Write / in an empty message to use one.')}</p>
      {error && !data && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonList label={say('Loading the prompts')} rows={3} />}
      {data?.items.length === 0 && <p className="text-muted">{say('There is none yet.')}</p>}
      <ul className="-mx-2 flex max-h-[45dvh] flex-col overflow-y-auto">
        {data?.items.map((prompt) => (
          <li key={prompt.id}>
            <button
              type="button"
              disabled={!prompt.own && !(prompt.shared && isAdmin)}
              onClick={() => setEdited(prompt)}
              className="flex min-h-11 w-full flex-col rounded-lg px-2 py-1.5 text-start enabled:hover:bg-hover"
            >
              <span dir="auto" className="w-full truncate font-medium">
                {prompt.name}
                {prompt.shared && <span className="ms-2 text-[0.8125rem] font-normal text-muted">{say('shared with everybody')}</span>}
                {prompt.sharedBy && (
                  <span className="ms-2 text-[0.8125rem] font-normal text-muted">{say('Shared by {name}', { name: prompt.sharedBy.name })}</span>
                )}
              </span>
              <span dir="auto" className="w-full truncate text-sm text-muted">
                {prompt.text}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{say('Close')}</Button>
        <Button look="primary" data-first-focus onClick={() => setEdited('new')}>
          <Plus aria-hidden className="size-4" /> {say('New prompt')}
        </Button>
      </div>
    </Dialog>
  )
}

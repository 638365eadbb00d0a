import type { Conversation } from '@jarvis/contracts/chat.ts'
import { Link } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { Suspense, lazy, memo, useState } from 'react'
import { cx } from '#ui/cx.ts'
import { Menu } from '#ui/menu.tsx'
import type { Asked } from './row-dialogs.tsx'
import { renameConversation } from './rename.ts'
import { say } from '#words/say.ts'

const RowActions = lazy(async () => ({ default: (await import('./row-actions.tsx')).RowActions }))
const RowDialogs = lazy(async () => ({ default: (await import('./row-dialogs.tsx')).RowDialogs }))
const RenameField = lazy(async () => ({ default: (await import('./rename-field.tsx')).RenameField }))

type RowProps = { conversation: Conversation; current: boolean; onOpen: () => void; onDelete: (conversation: Conversation) => void }

export const ConversationRow = memo(function ConversationRow({ conversation, current, onOpen, onDelete }: RowProps) {
  const { id, title } = conversation
  const [renaming, setRenaming] = useState(false)
  const [asked, setAsked] = useState<Asked | null>(null)
  if (renaming)
    return (
      <Suspense>
        <RenameField
          title={title}
          onDone={(next) => {
            setRenaming(false)
            if (next && next !== title) void renameConversation(id, next)
          }}
        />
      </Suspense>
    )
  return (
    <div
      className={cx(
        'group/row relative flex items-center rounded-lg transition-colors hover:bg-hover has-focus-visible:bg-hover',
        current && 'bg-hover font-medium',
      )}
    >
      <Link
        to="/c/$conversationId"
        params={{ conversationId: id }}
        aria-current={current ? 'page' : undefined}
        title={title}
        dir="auto"
        onClick={onOpen}
        onKeyDown={(event) => {
          if (event.key === 'F2') setRenaming(true)
          if (event.key === 'Delete') onDelete(conversation)
        }}
        className="min-w-0 grow truncate rounded-lg py-2 pe-3 ps-3 group-focus-within/row:pe-10 group-hover/row:pe-10 touch:py-2.5 touch:pe-11"
      >
        {title || say('New chat')}
      </Link>
      <Menu
        label={say('Actions for {name}', { name: title || say('New chat') })}
        align="end"
        className="min-w-44!"
        triggerClass="absolute end-0 flex size-9 items-center justify-center rounded-lg text-muted opacity-0 hover:text-ink focus-visible:opacity-100 aria-expanded:opacity-100 group-hover/row:opacity-100 group-focus-within/row:opacity-100 touch:size-10 touch:opacity-100"
        trigger={<Ellipsis aria-hidden className="size-4" />}
      >
        <RowActions conversation={conversation} onRename={() => setRenaming(true)} onDelete={() => onDelete(conversation)} onAsk={setAsked} />
      </Menu>
      <Suspense>{asked && <RowDialogs asked={asked} conversation={conversation} onClose={() => setAsked(null)} />}</Suspense>
    </div>
  )
})

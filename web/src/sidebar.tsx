import { PanelLeftClose, SquarePen } from 'lucide-react'
import { AccountMenu } from '#features/accounts/account-menu.tsx'
import { ConversationList } from '#features/chat/conversations/conversation-list.tsx'
import { IconButton } from '#ui/button.tsx'
import { Wordmark } from '#ui/logo.tsx'
import { say } from '#words/say.ts'

type SidebarProps = {
  onNewChat: () => void
  onClose: () => void
  onOpen: () => void
  onShortcuts: () => void
}

export function Sidebar({ onNewChat, onClose, onOpen, onShortcuts }: SidebarProps) {
  return (
    <>
      <div className="flex h-13 shrink-0 items-center justify-between pe-2 ps-5">
        <Wordmark />
        <IconButton label={say('Hide conversations')} onClick={onClose}>
          <PanelLeftClose className="size-5 rtl:-scale-x-100" />
        </IconButton>
      </div>
      <button
        type="button"
        className="mx-2 mt-1 mb-1 flex min-h-10 items-center gap-2 rounded-lg px-3 font-medium hover:bg-hover"
        onClick={onNewChat}
      >
        <SquarePen aria-hidden className="size-4" />
        {say('New chat')}
      </button>
      <ConversationList onOpen={onOpen} />
      <div className="border-t border-line p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
        <AccountMenu onShortcuts={onShortcuts} onLeave={onOpen} />
      </div>
    </>
  )
}

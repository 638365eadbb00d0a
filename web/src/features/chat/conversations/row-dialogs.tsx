import type { Conversation } from '@jarvis/contracts/chat.ts'
import { InstructionsDialog } from './instructions-dialog.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { ShareDialog } from './share-dialog.tsx'

export type Asked = 'move' | 'share' | 'instructions'

export function RowDialogs({ asked, conversation, onClose }: { asked: Asked; conversation: Conversation; onClose: () => void }) {
  if (asked === 'move') return <MoveDialog ids={[conversation.id]} onClose={onClose} />
  if (asked === 'share') return <ShareDialog conversation={conversation} onClose={onClose} />
  return <InstructionsDialog conversation={conversation} onClose={onClose} />
}

import type { Conversation } from '@jarvis/contracts/chat.ts'
import { MoveDialog } from './move-dialog.tsx'
import { ShareDialog } from './share-dialog.tsx'

export type Asked = 'move' | 'share'

export function RowDialogs({ asked, conversation, onClose }: { asked: Asked; conversation: Conversation; onClose: () => void }) {
  return asked === 'move' ? <MoveDialog ids={[conversation.id]} onClose={onClose} /> : <ShareDialog conversation={conversation} onClose={onClose} />
}

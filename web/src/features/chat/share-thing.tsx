import { useSharing } from '#lib/sharing.ts'
import { ShareDialog } from '#ui/share-dialog.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

type ShareThingProps = { kind: 'prompt' | 'folder'; id: string; name: string; onClose: () => void }

export function ShareThing({ kind, id, name, onClose }: ShareThingProps) {
  const sharing = useSharing(kind, id, () => {
    toast(say('Saved'))
    onClose()
  })
  return <ShareDialog name={name} {...sharing} onClose={onClose} />
}

import { useSharing } from '#lib/sharing.ts'
import { ShareDialog } from '#ui/share-dialog.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

export function ShareFile({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const sharing = useSharing('file', id, () => {
    toast(say('Saved'))
    onClose()
  })
  return <ShareDialog name={name} {...sharing} onClose={onClose} />
}

import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { toast } from '#ui/toast.tsx'
import { DeleteAccount } from './delete-account.tsx'
import { ImportConversations } from './import-conversations.tsx'
import { OldConversations } from './old-conversations.tsx'
import { say } from '#words/say.ts'

/** `leaving`: nothing is taken in of who goes. */
export function YourData({ leaving = false }: { leaving?: boolean }) {
  const [deleting, setDeleting] = useState(false)
  const download = useMutation({
    mutationFn: () => call(endpoints.exportMe, {}),
    onSuccess: (data) => saveAs('jarvis-export.json', JSON.stringify(data, null, 2)),
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <div className="flex flex-col gap-6">
      <Row text={say('Everything Jarvis keeps of you, in one JSON file.')}>
        <Button busy={download.isPending} onClick={() => download.mutate()}>
          {say('Export')}
        </Button>
      </Row>
      {!leaving && <ImportConversations />}
      {!leaving && <OldConversations />}
      <Row text={say('Your account, conversations and memories, deleted for good.')}>
        <Button look="danger" onClick={() => setDeleting(true)}>
          {say('Delete account')}
        </Button>
      </Row>
      {deleting && <DeleteAccount onClose={() => setDeleting(false)} />}
    </div>
  )
}

function Row({ text, children }: { text: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <p className="text-muted">{text}</p>
      {children}
    </div>
  )
}

function saveAs(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

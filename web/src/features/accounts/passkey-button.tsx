import type { PasskeyAnswer } from '@jarvis/contracts/passkeys.ts'
import { useMutation } from '@tanstack/react-query'
import { Fingerprint } from 'lucide-react'
import { passkeyFault } from '#lib/passkey-fault.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'

type Props = { label: string; look?: 'primary'; secondFactor?: boolean; onAnswer: (answer: PasskeyAnswer) => Promise<unknown> }

/** Asks the device for a passkey, and says what came of it. */
export function PasskeyButton({ label, look, secondFactor = false, onAnswer }: Props) {
  const show = useMutation({
    mutationFn: async () => {
      const { showPasskey } = await import('#lib/passkeys.ts')
      await onAnswer(await showPasskey(secondFactor))
    },
  })
  return (
    <div className="flex flex-col gap-3">
      <Button
        {...(look && { look })}
        className="h-11 w-full"
        busy={show.isPending}
        // The step before had the focus, and is gone.
        ref={look === 'primary' ? (button) => button?.focus() : undefined}
        onClick={() => show.mutate()}
      >
        <Fingerprint aria-hidden className="size-4 shrink-0" />
        {label}
      </Button>
      {show.error && <Notice look="danger">{passkeyFault(show.error)}</Notice>}
    </div>
  )
}

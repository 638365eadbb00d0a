import { Suspense, lazy } from 'react'
import { identityAsked } from '#lib/identity.ts'
import { useStore } from '#lib/store.ts'

const IdentityDialog = lazy(async () => ({ default: (await import('#features/accounts/identity-dialog.tsx')).IdentityDialog }))

/** Loaded when it is asked for. */
export function Identity() {
  if (!useStore(identityAsked)) return null
  return (
    <Suspense>
      <IdentityDialog />
    </Suspense>
  )
}

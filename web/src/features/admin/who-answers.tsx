import type { AdminProvider, FoundProvider } from '@jarvis/contracts/admin-models.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { KeyDialog } from './key-dialog.tsx'
import { OfferedDialog } from './offered-dialog.tsx'
import { foundQuery, refreshModels } from './queries.ts'
import { say, sayCount } from '#words/say.ts'

/** The first start: a key, an Ollama that was found here, or the practice model for now. */
export function WhoAnswers({ onLater }: { onLater: () => void }) {
  const found = useQuery(foundQuery)
  const [pasting, setPasting] = useState(false)
  const [added, setAdded] = useState<AdminProvider | null>(null)
  const add = useMutation({
    mutationFn: ({ name, kind, baseUrl }: FoundProvider) => call(endpoints.adminAddProvider, { body: { name, kind, baseUrl } }),
    onSuccess: async (provider) => {
      await refreshModels()
      setAdded(provider)
    },
  })
  const chosen = useRef(false)
  const dismiss = useMutation({
    mutationFn: async ({ id }: AdminProvider) => {
      // Nothing was chosen of it: the question stands as it was.
      if (!chosen.current) await call(endpoints.adminRemoveProvider, { params: { id } })
      await refreshModels()
    },
  })
  return (
    <>
      <section aria-labelledby="who-answers" className="shrink-0 border-b border-warn-line bg-warn-soft px-4 py-3 text-warn md:px-5">
        <h2 id="who-answers" className="font-semibold">
          {say('Who shall answer?')}
        </h2>
        <p className="text-sm">{say('Now it is the practice model: not a real AI.')}</p>
        {add.error && (
          <p role="alert" className="text-sm text-danger">
            {messageOf(add.error)}
          </p>
        )}
        <div className="mt-2 flex flex-wrap gap-2">
          <Button look="primary" onClick={() => setPasting(true)}>
            {say('Paste a key')}
          </Button>
          {found.data?.items.map((one) => (
            <Button key={one.baseUrl} busy={add.isPending} onClick={() => add.mutate(one)}>
              {sayCount(one.models.length, 'Use {name} on this server ({n} model)', 'Use {name} on this server ({n} models)', { name: one.name })}
            </Button>
          ))}
          <Button onClick={onLater}>{say('Go on with the practice model')}</Button>
        </div>
      </section>
      {pasting && (
        <KeyDialog
          onAdded={(provider) => {
            setPasting(false)
            setAdded(provider)
          }}
          onClose={() => setPasting(false)}
        />
      )}
      {added && (
        <OfferedDialog
          provider={added}
          onSaved={async () => {
            chosen.current = true
            await refreshModels()
          }}
          onClose={() => {
            setAdded(null)
            dismiss.mutate(added)
          }}
        />
      )}
    </>
  )
}

import type { AdminProvider } from '@jarvis/contracts/admin-models.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { type Known, type Maker, makerOf, makers } from './makers.ts'
import { offeredQuery, refreshModels } from './queries.ts'
import { say } from '#words/say.ts'

const options = Object.entries(makers).map(([value, { name }]) => ({ value: value as Maker, name }))

/** Adds the provider of a key that its provider takes; with another it stays as it was, and the provider's own words are shown. */
export function KeyDialog({ onAdded, onClose }: { onAdded: (provider: AdminProvider) => void; onClose: () => void }) {
  const [apiKey, setApiKey] = useState('')
  const [chosen, setChosen] = useState<Maker | null>(null)
  const key = apiKey.trim()
  const maker = chosen ?? makerOf(key)
  const add = useMutation({
    mutationFn: async () => {
      const { name, kind, baseUrl }: Known = makers[maker]
      const provider = await call(endpoints.adminAddProvider, { body: { name, kind, apiKey: key, ...(baseUrl && { baseUrl }) } })
      try {
        await queryClient.fetchQuery(offeredQuery(provider.id))
      } catch (error) {
        await call(endpoints.adminRemoveProvider, { params: { id: provider.id } }).catch(() => undefined)
        throw error
      }
      await refreshModels()
      return provider
    },
    onSuccess: onAdded,
  })
  return (
    <Dialog title={say('Paste a key')} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (key) add.mutate()
        }}
      >
        <Field
          label={say('Key')}
          type="password"
          dir="ltr"
          autoComplete="off"
          required
          data-first-focus
          value={apiKey}
          onChange={(event) => setApiKey(event.target.value)}
          hint={say('Kept encrypted, and never shown again.')}
        />
        <Select label={say('Whose key it is')} value={maker} options={options} onChange={setChosen} />
        {add.error && <Notice look="danger">{messageOf(add.error)}</Notice>}
        <p className="text-sm text-muted">{say('Azure, and servers of your own: Administration, Models.')}</p>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button type="submit" look="primary" busy={add.isPending} disabled={!key}>
            {say('Go on')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

import type { AdminProvider } from '@jarvis/contracts/admin-models.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

type Kind = AdminProvider['kind']
const kinds = (): { value: Kind; name: string }[] => [
  { value: 'openai', name: say('OpenAI, or a server that speaks its protocol') },
  { value: 'anthropic', name: 'Anthropic' },
  { value: 'google', name: 'Google Gemini' },
  { value: 'azure', name: 'Azure OpenAI' },
]

type Props = { provider?: AdminProvider; onSaved: () => Promise<unknown>; onClose: () => void }

export function ProviderDialog({ provider, onSaved, onClose }: Props) {
  const [name, setName] = useState(provider?.name ?? '')
  const [kind, setKind] = useState<Kind>(provider?.kind ?? 'openai')
  const [baseUrl, setBaseUrl] = useState(provider?.baseUrl ?? '')
  const [apiKey, setApiKey] = useState('')
  const save = useMutation({
    mutationFn: () => {
      const fields = { name: name.trim(), ...(baseUrl.trim() && { baseUrl: baseUrl.trim() }), ...(apiKey.trim() && { apiKey: apiKey.trim() }) }
      return provider
        ? call(endpoints.adminUpdateProvider, { params: { id: provider.id }, body: fields })
        : call(endpoints.adminAddProvider, { body: { ...fields, kind } })
    },
    onSuccess: async () => {
      await onSaved()
      toast(provider ? say('Changed. It acts at once.') : say('Added. Test it, then choose its models.'))
      onClose()
    },
  })
  return (
    <Dialog title={provider ? provider.name : say('Add a provider')} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) save.mutate()
        }}
      >
        {!provider && <Select label={say('Kind')} value={kind} options={kinds()} onChange={setKind} />}
        <Field
          label={say('Name')}
          required
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.target.value)}
          hint={say('As you call it, such as {example}.', { example: 'OpenAI' })}
        />
        <Field
          label={say('Address')}
          type="url"
          required={kind === 'azure'}
          dir="ltr"
          value={baseUrl}
          onChange={(event) => setBaseUrl(event.target.value)}
          placeholder={kind === 'openai' ? 'http://127.0.0.1:11434' : undefined}
          hint={
            kind === 'azure'
              ? say('That of your Azure resource.')
              : say('Empty: the maker’s own. An Ollama of your own: {address}', { address: 'http://127.0.0.1:11434' })
          }
        />
        <Field
          label={say('Key')}
          type="password"
          dir="ltr"
          autoComplete="off"
          value={apiKey}
          onChange={(event) => setApiKey(event.target.value)}
          hint={
            provider?.keySet
              ? say('Empty: the one it has stays. It is never shown.')
              : say('Kept encrypted, and never shown again. Empty: it needs none.')
          }
        />
        {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{say('Cancel')}</Button>
          <Button type="submit" look="primary" busy={save.isPending} disabled={!name.trim()}>
            {provider ? say('Save') : say('Add')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

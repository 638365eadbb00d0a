import { type KeyScope, keyScopes } from '@jarvis/contracts/api-keys.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { fieldError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { copyText } from '#ui/copy.ts'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { toast } from '#ui/toast.tsx'
import { apiKeysKey } from './queries.ts'
import { scopeNames } from './scope-names.ts'
import { say } from '#words/say.ts'

type Wish = { name: string; until: string; budget: string; scopes: KeyScope[] }

/** What a key opens is chosen, not given. */
const usual: readonly KeyScope[] = ['chat', 'v1']

export function NewApiKey() {
  const client = useQueryClient()
  const [round, setRound] = useState(0)
  const create = useMutation({
    mutationFn: ({ name, until, budget, scopes }: Wish) =>
      call(endpoints.createApiKey, {
        body: {
          name,
          scopes,
          ...(until && { expiresAt: `${until}T00:00:00Z` }),
          ...(budget && { budgetMicroUsdPerMonth: Math.round(Number(budget) * 1_000_000) }),
        },
      }),
    onSuccess: () => {
      setRound(round + 1)
      return client.invalidateQueries({ queryKey: apiKeysKey })
    },
  })
  const { error } = create
  const faults = {
    name: fieldError(error, 'name'),
    until: fieldError(error, 'expiresAt'),
    budget: fieldError(error, 'budgetMicroUsdPerMonth'),
    scopes: fieldError(error, 'scopes'),
  }
  return (
    <>
      <form
        key={round}
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          const form = event.currentTarget
          const scopes = keyScopes.filter((scope) => new FormData(form).getAll('scope').includes(scope))
          create.mutate({ ...fieldsOf(form, 'name', 'until', 'budget'), scopes })
        }}
      >
        <Field
          label={say('Name of the new key')}
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          className="grow basis-52"
          error={faults.name ?? (error && !faults.until && !faults.budget && !faults.scopes ? messageOf(error) : undefined)}
        />
        <Field label={say('Expires (optional)')} name="until" type="date" min={tomorrow()} className="grow basis-40" error={faults.until} />
        <Field
          label={say('Budget in US$ a month (optional)')}
          name="budget"
          type="number"
          inputMode="decimal"
          min={0}
          step="0.01"
          className="grow basis-40"
          error={faults.budget}
        />
        <fieldset className="basis-full">
          <legend className="mb-1 text-sm font-medium">{say('What it may be used for')}</legend>
          <div className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-x-5">
            {keyScopes.map((scope) => (
              <label key={scope} className="flex min-h-11 items-center gap-2">
                <input type="checkbox" name="scope" value={scope} defaultChecked={usual.includes(scope)} className="size-5 accent-accent" />
                {say(scopeNames[scope])}
              </label>
            ))}
          </div>
          {faults.scopes && <p className="text-sm text-danger">{say('Choose at least one.')}</p>}
        </fieldset>
        <Button type="submit" className="min-h-11" busy={create.isPending}>
          {say('Create key')}
        </Button>
      </form>
      {create.data && <Secret secret={create.data.secret} name={create.data.name} onClose={create.reset} />}
    </>
  )
}

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)

/** The only time that the secret is shown. */
function Secret({ secret, name, onClose }: { secret: string; name: string; onClose: () => void }) {
  return (
    <Dialog title={say('The key “{name}”', { name })} onClose={onClose} wide>
      <p className="text-muted">{say('Copy it now and keep it like a password. It is not shown again.')}</p>
      <input
        readOnly
        aria-label={say('Secret key')}
        value={secret}
        onFocus={(event) => event.currentTarget.select()}
        className="h-11 w-full rounded-lg border border-line-strong bg-sunken px-3 font-mono text-[0.8125rem]"
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{say('I have kept it')}</Button>
        <Button
          look="primary"
          data-first-focus
          onClick={() =>
            void copyText(secret).then((copied) => toast(copied ? say('Copied') : say('Copying is not allowed here: select the key and copy it')))
          }
        >
          {say('Copy')}
        </Button>
      </div>
    </Dialog>
  )
}

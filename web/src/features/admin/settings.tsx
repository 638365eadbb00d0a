import type { AdminTool, InstallationSettings } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { amountOf, usdText } from '#lib/money.ts'
import { policies } from '#lib/policies.ts'
import { groupTools, riskText } from '#lib/tool-groups.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { ToolList } from '#ui/tool-list.tsx'
import { Branding } from './branding.tsx'
import { CeilingField } from './ceiling-field.tsx'
import { PlanLimits } from './plan-limits.tsx'
import { RequiredFactors } from './required-factors.tsx'
import { refreshAdmin, settingsQuery, toolsQuery } from './queries.ts'
import { ScimTokens } from './scim-tokens.tsx'
import { say, sayCount, sayOfServer } from '#words/say.ts'
import type { English } from '#words/language.ts'

/** What holds for everyone: how much may be spent, and how freely tools may act. */
export function AdminSettings() {
  const settings = useQuery(settingsQuery)
  const tools = useQuery(toolsQuery)
  return (
    <div className="flex max-w-2xl flex-col gap-10">
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Name and look')}</h2>
        <p className="text-muted">
          {say('What everybody sees at the top of the page, and before they sign in. The assistant is still called Jarvis.')}
        </p>
        <Branding />
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Spend ceiling')}</h2>
        {settings.error && <ErrorState message={messageOf(settings.error)} onRetry={() => void settings.refetch()} />}
        {settings.isPending && <SkeletonList label={say('Loading settings')} rows={1} />}
        {settings.data && <InstallationCeiling key={settings.dataUpdatedAt} settings={settings.data} />}
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Plans')}</h2>
        <p className="text-muted">
          {say('What each plan allows. Empty: as built in. It acts at once, for everybody who has the plan, and for seats of organisations.')}
        </p>
        <PlanLimits />
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Answers given before')}</h2>
        <p className="text-muted">
          {say(
            'A program that asks the API the same at temperature 0 within an hour gets the first answer again, free. Shared with everyone, people see answers that others asked for, if they send exactly the same.',
          )}
        </p>
        {settings.data && <ResponseCache settings={settings.data} />}
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Second factor')}</h2>
        <p className="text-muted">{say('Whose role needs one sets it up at the next step they take, and can do nothing else before it.')}</p>
        {settings.data && <RequiredFactors settings={settings.data} />}
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Directory')}</h2>
        <p className="text-muted">
          {say('A directory, such as Entra or Okta, keeps people and groups here by SCIM 2.0: who leaves there is signed out here at once.')}
        </p>
        <ScimTokens />
      </section>
      <section className="flex flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Tools')}</h2>
        <p className="text-muted">{say('The least that Jarvis asks before it uses a tool. People may be stricter for themselves, not looser.')}</p>
        {tools.error && <ErrorState message={messageOf(tools.error)} onRetry={() => void tools.refetch()} />}
        {tools.isPending && <SkeletonList label={say('Loading tools')} rows={3} />}
        {tools.data && (
          <ToolList groups={groupTools(tools.data.items)} Row={ToolFloor} summary={(all) => sayCount(all.length, '{n} tool', '{n} tools')} />
        )}
      </section>
    </div>
  )
}

function InstallationCeiling({ settings: { ceilingMicroUsd } }: { settings: InstallationSettings }) {
  const stored = ceilingMicroUsd === null ? '' : usdText(ceilingMicroUsd)
  const [text, setText] = useState(stored)
  const amount = amountOf(text)
  const save = useMutation({
    mutationFn: (next: number | null) => call(endpoints.adminUpdateSettings, { body: { ceilingMicroUsd: next } }),
    onSuccess: async () => {
      toast(say('Saved. It acts at once.'))
      await refreshAdmin()
    },
  })
  return (
    <form
      className="flex max-w-md flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (amount !== undefined) save.mutate(amount)
      }}
    >
      <CeilingField
        label={say('All people together, each month, in dollars')}
        text={text}
        onChange={setText}
        hint={say('Once it is spent no model is called before the next month. Empty: no ceiling.')}
      />
      {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
      <Button type="submit" className="self-start" busy={save.isPending} disabled={amount === undefined || amount === ceilingMicroUsd}>
        {say('Save')}
      </Button>
    </form>
  )
}

const sharings: readonly { value: InstallationSettings['responseCache']; name: English }[] = [
  { value: 'person', name: 'To the person who asked' },
  { value: 'all', name: 'To everyone who asks the same' },
  { value: 'off', name: 'To nobody: ask anew each time' },
]

function ResponseCache({ settings: { responseCache, responseCacheSource } }: { settings: InstallationSettings }) {
  const choose = useMutation({
    mutationFn: (next: InstallationSettings['responseCache']) => call(endpoints.adminUpdateSettings, { body: { responseCache: next } }),
    onSuccess: async () => {
      toast(say('Saved. It acts at once.'))
      await refreshAdmin()
    },
    onError: (error) => toast(messageOf(error)),
  })
  const isFixed = responseCacheSource === 'environment'
  return (
    <div className="flex max-w-md flex-col gap-2">
      <Select
        label={say('Give an answer again')}
        value={choose.isPending ? choose.variables : responseCache}
        options={sharings.map(({ value, name }) => ({ value, name: say(name) }))}
        disabled={isFixed}
        onChange={(next) => choose.mutate(next)}
      />
      {isFixed && <p className="text-sm text-muted">{say('The operator’s setting RESPONSE_CACHE says this: change it there.')}</p>}
    </div>
  )
}

function ToolFloor({ tool }: { tool: AdminTool }) {
  const { name, title, loosest } = tool
  const choose = useMutation({
    mutationFn: (next: AdminTool['loosest']) => call(endpoints.adminSetTool, { params: { name }, body: { loosest: next } }),
    onSuccess: refreshAdmin,
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
      <div className="min-w-0 grow basis-48">
        <p className="[overflow-wrap:anywhere]">{sayOfServer(title)}</p>
        <p className="text-sm text-muted">{riskText(tool)}</p>
      </div>
      <Select
        className="w-full sm:w-60"
        label={say('The least asked before: {tool}', { tool: sayOfServer(title) })}
        hideLabel
        value={choose.isPending ? choose.variables : loosest}
        options={policies.map(({ value, name }) => ({ value, name: say(name) }))}
        onChange={(next) => choose.mutate(next)}
      />
    </div>
  )
}

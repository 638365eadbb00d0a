import type { Tool } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { refreshOffers, toolsQuery } from '#lib/offers.ts'
import { policies, policiesUpTo } from '#lib/policies.ts'
import { groupTools, riskText } from '#lib/tool-groups.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Select } from '#ui/select.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { ToolList } from '#ui/tool-list.tsx'
import { say, sayCount, sayOfServer } from '#words/say.ts'

/** When Jarvis asks before it uses a tool. */
export function ToolPolicies() {
  const { data, error, refetch } = useQuery(toolsQuery)
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading tools')} rows={3} />
  return <ToolList groups={groupTools(data.items)} Row={ToolPolicy} summary={summaryOf} />
}

function summaryOf(tools: readonly Tool[]): string {
  const chosen = new Set(tools.map(({ policy }) => policy))
  const [policy] = chosen
  const name = policies.find(({ value }) => value === policy)?.name
  return `${sayCount(tools.length, '{n} tool', '{n} tools')} · ${chosen.size === 1 && name ? say(name) : say('Differs by tool')}`
}

function ToolPolicy({ tool }: { tool: Tool }) {
  const { name, policy, loosest } = tool
  const title = sayOfServer(tool.title)
  const choose = useMutation({
    mutationFn: (next: Tool['policy']) => call(endpoints.setToolPolicy, { params: { name }, body: { policy: next } }),
    onSuccess: refreshOffers,
    onError: (error) => toast(messageOf(error)),
  })
  const options = policiesUpTo(loosest)
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
      <div className="min-w-0 grow basis-48">
        <p className="[overflow-wrap:anywhere]">{title}</p>
        <p className="text-sm text-muted">{riskText(tool)}</p>
      </div>
      <div className="w-full sm:w-60">
        {options.length > 1 ? (
          <Select
            label={say('When to ask before: {title}', { title })}
            hideLabel
            value={choose.isPending ? choose.variables : policy}
            options={options.map(({ value, name }) => ({ value, name: say(name) }))}
            onChange={(next) => choose.mutate(next)}
          />
        ) : (
          <p className="text-sm text-muted">{options[0] && say('{policy}, as your administrator has set', { policy: say(options[0].name) })}</p>
        )}
      </div>
    </div>
  )
}

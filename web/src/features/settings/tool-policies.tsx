import type { Tool } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { refreshOffers, toolsQuery } from '#lib/offers.ts'
import { policiesUpTo, risks } from '#lib/policies.ts'
import { messageOf } from '#lib/problem.ts'
import { ErrorState } from '#ui/error-state.tsx'
import { Select } from '#ui/select.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'

/** When Jarvis asks before it uses a tool. */
export function ToolPolicies() {
  const { data, error, refetch } = useQuery(toolsQuery)
  if (error) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label="Loading tools" rows={3} />
  return (
    <ul aria-label="Tools" className="flex flex-col">
      {data.items.map((tool) => (
        <ToolPolicy key={tool.name} tool={tool} />
      ))}
    </ul>
  )
}

function ToolPolicy({ tool: { name, title, risk, policy, loosest } }: { tool: Tool }) {
  const choose = useMutation({
    mutationFn: (next: Tool['policy']) => call(endpoints.setToolPolicy, { params: { name }, body: { policy: next } }),
    onSuccess: refreshOffers,
    onError: (error) => toast(messageOf(error)),
  })
  const options = policiesUpTo(loosest)
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line py-3 first:border-t-0 first:pt-0">
      <div className="min-w-0 grow basis-48">
        <p className="[overflow-wrap:anywhere]">{title}</p>
        <p className="text-sm text-muted">{risks[risk]}</p>
      </div>
      <div className="w-full sm:w-60">
        {options.length > 1 ? (
          <Select
            label={`When to ask before: ${title}`}
            hideLabel
            value={choose.isPending ? choose.variables : policy}
            options={options}
            onChange={(next) => choose.mutate(next)}
          />
        ) : (
          <p className="text-sm text-muted">{options[0]?.name}, as your administrator has set</p>
        )}
      </div>
    </li>
  )
}

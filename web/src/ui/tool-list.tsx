import { ChevronRight } from 'lucide-react'
import type { ComponentType } from 'react'
import { say } from '#words/say.ts'

type ListProps<T> = {
  groups: readonly { name: string; tools: readonly T[] }[]
  Row: ComponentType<{ tool: T }>
  summary: (tools: readonly T[]) => string
}

/** Rows of tools by group; those of a group that has several are behind its name. */
export function ToolList<T extends { name: string }>({ groups, Row, summary }: ListProps<T>) {
  return (
    <ul aria-label={say('Tools')} className="flex flex-col">
      {groups.map(({ name, tools }) =>
        tools.length === 1 ? (
          <li key={name} className="border-t border-line py-3 first:border-t-0 first:pt-0">
            <Row tool={tools[0]!} />
          </li>
        ) : (
          <li key={name} className="border-t border-line first:border-t-0">
            <details className="group/tools">
              <summary className="flex min-h-12 flex-wrap items-center gap-x-3 py-3">
                <ChevronRight aria-hidden className="size-4 shrink-0 text-muted transition-transform group-open/tools:rotate-90 rtl:-scale-x-100" />
                <span className="grow">{name}</span>
                <span className="text-sm text-muted">{summary(tools)}</span>
              </summary>
              <ul className="mb-3 ms-2 flex flex-col border-s border-line ps-4">
                {tools.map((tool) => (
                  <li key={tool.name} className="border-t border-line py-3 first:border-t-0">
                    <Row tool={tool} />
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ),
      )}
    </ul>
  )
}

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'
import { Select } from './select.tsx'
import { toast } from './toast.tsx'
import { say, sayCount } from '#words/say.ts'

const usual = [30, 90, 180, 365, 730]

type KeepDaysProps = {
  label: string
  /** null: for ever. */
  days: number | null
  /** How many conversations so few days would delete now. */
  count(days: number, signal: AbortSignal): Promise<number>
  save(days: number | null): Promise<unknown>
  messageOf(error: Error): string
}

/** After how long without use conversations are deleted; how many those are is said before it is saved. */
export function KeepDays({ label, days, count, save, messageOf }: KeepDaysProps) {
  const [chosen, setChosen] = useState<number | null>(days)
  const isSooner = chosen !== null && (days === null || chosen < days)
  const due = useQuery({
    queryKey: ['conversations-due', label, chosen],
    queryFn: ({ signal }) => count(chosen!, signal),
    enabled: isSooner,
    staleTime: 0,
  })
  const saving = useMutation({
    mutationFn: save,
    onSuccess: () => toast(say('Saved')),
  })
  const options = [...new Set([...usual, ...(days === null ? [] : [days])])].toSorted((a, b) => a - b)
  return (
    <form
      className="flex max-w-md flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        saving.mutate(chosen)
      }}
    >
      <Select
        label={label}
        value={String(chosen)}
        options={[
          { value: 'null', name: say('Never') },
          ...options.map((one) => ({ value: String(one), name: sayCount(one, 'After {n} day without use', 'After {n} days without use') })),
        ]}
        disabled={saving.isPending}
        onChange={(next) => setChosen(next === 'null' ? null : Number(next))}
      />
      {isSooner && due.data !== undefined && (
        <Notice look="warn">
          {due.data === 0
            ? say('No conversation is that old now.')
            : sayCount(
                due.data,
                '{n} conversation is that old. It is deleted within the hour, for good.',
                '{n} conversations are that old. They are deleted within the hour, for good.',
              )}
        </Notice>
      )}
      {(due.error ?? saving.error) && <Notice look="danger">{messageOf((due.error ?? saving.error)!)}</Notice>}
      {chosen !== days && (
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look={isSooner ? 'danger' : 'primary'} busy={saving.isPending} disabled={isSooner && due.data === undefined}>
            {say('Save')}
          </Button>
          <Button onClick={() => setChosen(days)}>{say('Leave it')}</Button>
        </div>
      )}
    </form>
  )
}

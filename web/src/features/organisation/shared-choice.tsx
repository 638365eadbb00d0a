import { ProblemError } from '#lib/problem.ts'
import { Select } from '#ui/select.tsx'
import { say } from '#words/say.ts'

export type LeavingShared = 'hand_over' | 'take_along'

/** Whether it was refused because nobody said what becomes of what who leaves shares. */
export const isAboutShared = (error: unknown): boolean => error instanceof ProblemError && error.params?.['sentence'] === 'conflict.shared_things'

export function SharedChoice({ value, onChange }: { value: LeavingShared; onChange: (value: LeavingShared) => void }) {
  return (
    <div className="mt-4">
      <Select
        label={say('What is shared here by who leaves')}
        value={value}
        options={[
          { value: 'hand_over', name: say('An owner gets a copy, which stays shared') },
          { value: 'take_along', name: say('It is shared no longer') },
        ]}
        onChange={onChange}
      />
    </div>
  )
}

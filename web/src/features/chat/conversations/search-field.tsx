import { Search, X } from 'lucide-react'
import { IconButton } from '#ui/button.tsx'
import { isComposing } from '#lib/composing.ts'
import { say } from '#words/say.ts'

type SearchFieldProps = { value: string; onChange: (value: string) => void }

export function SearchField({ value, onChange }: SearchFieldProps) {
  return (
    <div role="search" aria-label={say('Conversations')} className="relative mx-2 mb-1">
      <Search aria-hidden className="pointer-events-none absolute top-3 start-3 size-4 text-faint" />
      <input
        dir="auto"
        type="search"
        aria-label={say('Search conversations')}
        placeholder={say('Search')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !value || isComposing(event)) return
          event.preventDefault()
          onChange('')
        }}
        className="h-10 w-full rounded-lg border border-transparent bg-transparent pe-10 ps-[calc(2.25rem-1px)] text-base outline-none placeholder:text-faint hover:bg-hover focus:border-accent focus:bg-raised md:text-[0.9375rem] [&::-webkit-search-cancel-button]:hidden"
      />
      {value && (
        <IconButton small label={say('Clear search')} className="absolute! top-1 end-1" onClick={() => onChange('')}>
          <X className="size-4" />
        </IconButton>
      )}
    </div>
  )
}

import { Search } from 'lucide-react'
import { inputClass } from './field.tsx'

type SearchInputProps = { label: string; placeholder: string; value: string; onChange: (value: string) => void; list?: string }

/** Its place is the parent's, which is `relative`. */
export function SearchInput({ onChange, label, ...rest }: SearchInputProps) {
  return (
    <>
      <Search aria-hidden className="pointer-events-none absolute top-3.5 start-3 size-4 text-faint" />
      <input
        type="search"
        dir="auto"
        aria-label={label}
        onChange={(event) => onChange(event.target.value)}
        className={`${inputClass} h-11 ps-9`}
        {...rest}
      />
    </>
  )
}

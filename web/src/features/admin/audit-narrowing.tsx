import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { saveText } from '#lib/save-text.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { type AuditFilters, peopleQuery } from './queries.ts'
import { say } from '#words/say.ts'

type Typed = { person: string; from: string; to: string; q: string }
const nothing: Typed = { person: '', from: '', to: '', q: '' }

/** Person, days and words that the trail is narrowed to, and what fits as a file. */
export function AuditNarrowing({ filters, onChange }: { filters: AuditFilters; onChange: (filters: AuditFilters) => void }) {
  const people = useQuery({ ...peopleQuery, staleTime: 60_000 }).data?.items ?? []
  const [typed, setTyped] = useState(nothing)
  const isEmpty = Object.values(typed).every((value) => value === '')
  const change = (next: Typed) => {
    setTyped(next)
    const person = people.find(({ email }) => email.toLowerCase() === next.person.trim().toLowerCase())?.id
    onChange({
      ...(person !== undefined && { person }),
      ...(next.from !== '' && { from: new Date(`${next.from}T00:00`).toISOString() }),
      ...(next.to !== '' && { to: dayAfter(next.to) }),
      ...(next.q.trim() !== '' && { q: next.q.trim() }),
    })
  }
  const field = (name: keyof Typed) => ({
    name,
    value: typed[name],
    onChange: (event: { target: { value: string } }) => change({ ...typed, [name]: event.target.value }),
  })
  const isNobody = typed.person !== '' && filters.person === undefined
  return (
    <div className="flex flex-col gap-3">
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <Field
          label={say('Person')}
          list="audit-people"
          type="search"
          autoComplete="off"
          error={isNobody ? say('Choose a person from the list.') : undefined}
          {...field('person')}
        />
        <datalist id="audit-people">
          {people.map(({ id, email, name }) => (
            <option key={id} value={email}>
              {name}
            </option>
          ))}
        </datalist>
        <Field label={say('From')} type="date" {...field('from')} />
        <Field label={say('To')} type="date" {...field('to')} />
        <Field label={say('Words in it')} type="search" maxLength={200} autoComplete="off" {...field('q')} />
      </div>
      <div className="flex flex-wrap gap-2">
        <Save filters={filters} format="csv" />
        <Save filters={filters} format="jsonl" />
        {!isEmpty && <Button onClick={() => change(nothing)}>{say('Show all again')}</Button>}
      </div>
    </div>
  )
}

function Save({ filters, format }: { filters: AuditFilters; format: 'csv' | 'jsonl' }) {
  const save = useMutation({
    mutationFn: () => call(endpoints.adminExportAudit, { query: { ...filters, format } }),
    onSuccess: (text) => saveText(`jarvis-audit.${format}`, text),
  })
  return (
    <>
      <Button busy={save.isPending} onClick={() => save.mutate()}>
        {format === 'csv' ? say('Save as CSV') : say('Save as JSON Lines')}
      </Button>
      {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
    </>
  )
}

/** The whole last day is in it. */
function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00`)
  next.setDate(next.getDate() + 1)
  return next.toISOString()
}

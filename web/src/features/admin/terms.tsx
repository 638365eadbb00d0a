import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { AdminTerms as Version } from '@jarvis/contracts/terms.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatCount, formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { updateUser } from '#lib/session.ts'
import { termsQuery } from '#lib/terms.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { type Column, Table } from '#ui/table.tsx'
import { TextArea } from '#ui/text-area.tsx'
import { refreshAdmin, versionsQuery } from './queries.ts'
import { say } from '#words/say.ts'

/** What everybody accepts before they go on: its versions, and how many accepted each. */
export function AdminTerms() {
  const { data, error, refetch } = useQuery(versionsQuery)
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading the terms')} rows={4} />
  const [newest] = data.items
  return (
    <div className="flex flex-col gap-10">
      <section className="flex max-w-2xl flex-col gap-4">
        <h2 className="text-base font-semibold">{say('Publish terms')}</h2>
        <p className="text-muted">
          {say(
            'Everybody is asked to accept a new version before they go on, and their API keys are refused until they have. Administrators reach the administration all the same.',
          )}
        </p>
        <Write key={newest?.version} before={newest} />
      </section>
      {newest && (
        <section className="flex flex-col gap-4">
          <h2 className="text-base font-semibold">{say('Versions')}</h2>
          <Table label={say('Versions')} columns={columns(newest.version, data.people)} rows={data.items} rowKey={({ version }) => String(version)} />
        </section>
      )}
    </div>
  )
}

const columns = (newest: number, people: number): Column<Version>[] => [
  { name: say('Version'), cell: ({ version }) => version },
  { name: say('Published'), cell: ({ publishedAt }) => formatMoment(publishedAt) },
  {
    name: say('State'),
    cell: ({ version, text }) =>
      text === '' ? (
        <Badge>{say('asks nobody')}</Badge>
      ) : version === newest ? (
        <Badge look="accent">{say('in force')}</Badge>
      ) : (
        <Badge>{say('replaced')}</Badge>
      ),
  },
  {
    name: say('Accepted'),
    numeric: true,
    cell: ({ version, accepted }) => (version === newest ? say('{n} of {people}', { n: accepted, people }) : formatCount(accepted)),
  },
]

function Write({ before }: { before: Version | undefined }) {
  const [text, setText] = useState(before?.text ?? '')
  const [asked, setAsked] = useState<string | null>(null)
  const isNew = text.trim() !== '' && text.trim() !== (before?.text ?? '')
  return (
    <div className="flex flex-col gap-3">
      <TextArea
        label={say('Text, in Markdown')}
        rows={12}
        maxLength={100_000}
        value={text}
        onChange={(event) => setText(event.target.value)}
        hint={say('Its first heading is its title.')}
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button look="primary" className="h-11" disabled={!isNew} onClick={() => setAsked(text.trim())}>
          {say('Publish')}
        </Button>
        {before && before.text !== '' && (
          <>
            <Button look="danger" className="h-11" onClick={() => setAsked('')}>
              {say('Ask nobody any more')}
            </Button>
            <Link to="/terms" className="inline-flex min-h-11 items-center px-2 font-medium text-accent underline underline-offset-4">
              {say('Read the terms')}
            </Link>
          </>
        )}
      </div>
      {asked !== null && <Publish text={asked} version={(before?.version ?? 0) + 1} onClose={() => setAsked(null)} />}
    </div>
  )
}

function Publish({ text, version, onClose }: { text: string; version: number; onClose: () => void }) {
  const publish = useMutation({
    mutationFn: () => call(endpoints.adminPublishTerms, { body: { text } }),
    onSuccess: async () => {
      const [user] = await Promise.all([call(endpoints.me, {}), refreshAdmin(), queryClient.invalidateQueries({ queryKey: termsQuery.queryKey })])
      // One's own socket says nothing while one has something to accept.
      updateUser(user)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={text === '' ? say('Ask nobody any more?') : say('Publish version {version}?', { version })}
      action={text === '' ? say('Ask nobody any more') : say('Publish')}
      look={text === '' ? 'danger' : 'primary'}
      busy={publish.isPending}
      error={publish.error ? messageOf(publish.error) : undefined}
      onConfirm={() => publish.mutate()}
      onClose={onClose}
    >
      {text === ''
        ? say('Who was asked goes on without an answer. What was accepted is kept.')
        : say('It is in force at once, and cannot be changed: everybody is asked for it, you too.')}
    </ConfirmDialog>
  )
}

import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { File } from '@jarvis/contracts/files.ts'
import { lazy, Suspense, useState } from 'react'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { formatBytes, formatDate } from '#lib/format.ts'
import { messageOf, failureText } from '#lib/problem.ts'
import { readingNow } from '#lib/reading-now.ts'
import { useMayShare } from '#lib/sharing.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

const ShareFile = lazy(async () => ({ default: (await import('./share-file.tsx')).ShareFile }))

const filesKey = ['files']
const isBeingRead = ({ status }: File) => status === 'processing'

/** What this person keeps, and the way to make room; with what others of the organisation share with them. */
export function Files() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: filesKey,
    queryFn: ({ pageParam, signal }) => call(endpoints.files, { query: { ...(pageParam && { cursor: pageParam }) } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state }) => (state.data?.pages.some(({ items }) => items.some(isBeingRead)) ? 2000 : false),
  })
  const mayShare = useMayShare()
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading files')} rows={2} />
  const items = data.pages.flatMap(({ items }) => items)
  if (items.length === 0) return <p className="text-muted">{say('None. Files that you attach to a message are kept here until you delete them.')}</p>
  return (
    <>
      <ul aria-label={say('Files')} className="flex flex-col gap-3">
        {items.map((file) => (
          <Row key={file.id} file={file} mayShare={mayShare} />
        ))}
      </ul>
      {hasNextPage && (
        <Button className="mt-4" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {say('Show more')}
        </Button>
      )}
    </>
  )
}

function Row({ file, mayShare }: { file: File; mayShare: boolean }) {
  const { id, name, bytes, createdAt, status, error, progress, url, sharedBy } = file
  const [isSharing, setSharing] = useState(false)
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => call(endpoints.deleteFile, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: filesKey }),
    onError: (error) => toast(messageOf(error)),
  })
  const read = useMutation({
    mutationFn: () => call(isBeingRead(file) ? endpoints.stopReading : endpoints.readFile, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: filesKey }),
    onError: (error) => toast(messageOf(error)),
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="min-w-0 grow basis-48">
        <p dir="auto" className="[overflow-wrap:anywhere]">
          {name}
        </p>
        <p className="text-sm text-muted">
          {formatBytes(bytes)}, {formatDate(createdAt)}
        </p>
        {sharedBy && (
          <p dir="auto" className="text-sm text-muted">
            {say('Shared by {name}', { name: sharedBy.name })}
          </p>
        )}
        {url && (
          <p dir="ltr" className="truncate text-sm text-muted">
            {url}
          </p>
        )}
        {isBeingRead(file) && (
          <p role="status" className="text-sm text-muted">
            {readingNow(progress)}
          </p>
        )}
        {error && <p className="text-sm text-danger">{failureText(error)}</p>}
      </div>
      {!sharedBy && (
        <div className="flex flex-wrap gap-2">
          {status !== 'ready' && (
            <Button
              aria-label={isBeingRead(file) ? say('Stop reading {name}', { name }) : say('Read {name} again', { name })}
              busy={read.isPending}
              onClick={() => read.mutate()}
            >
              {isBeingRead(file) ? say('Stop') : say('Read again')}
            </Button>
          )}
          {mayShare && (
            <Button aria-label={say('Share {name}', { name })} onClick={() => setSharing(true)}>
              {say('Share')}
            </Button>
          )}
          <Button look="danger" aria-label={say('Delete {name}', { name })} busy={remove.isPending} onClick={() => remove.mutate()}>
            {say('Delete')}
          </Button>
        </div>
      )}
      <Suspense>{isSharing && <ShareFile id={id} name={name} onClose={() => setSharing(false)} />}</Suspense>
    </li>
  )
}

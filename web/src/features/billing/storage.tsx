import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { formatBytes, formatCount } from '#lib/format.ts'
import { Meter } from '#ui/meter.tsx'
import { sayWith } from '#words/say-with.tsx'
import { say } from '#words/say.ts'

/** How many files are kept, of as many as the plan keeps. */
export function Storage() {
  const { data } = useQuery({ queryKey: ['files', 'storage'], queryFn: ({ signal }) => call(endpoints.fileStorage, {}, signal) })
  if (!data) return null
  return (
    <div className="mt-5 flex max-w-xl flex-col gap-2 tabular-nums">
      <p>
        {sayWith('{kept} of {max} files kept', {
          kept: <strong className="font-semibold">{formatCount(data.files)}</strong>,
          max: formatCount(data.filesMax),
        })}
      </p>
      <Meter label={say('Files kept')} value={data.files} max={data.filesMax} />
      <p className="text-sm text-muted">
        {say('{bytes} in all; one file may have {most}', { bytes: formatBytes(data.bytes), most: formatBytes(data.fileBytesMax) })}
      </p>
    </div>
  )
}

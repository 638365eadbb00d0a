import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { TextArea } from '#ui/text-area.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

const queryKey = ['me', 'instructions']

/** What the person wishes for each answer, in their own words. */
export function InstructionsForm() {
  const { data, error, refetch } = useQuery({ queryKey, queryFn: ({ signal }) => call(endpoints.me, {}, signal) })
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  return data ? <Form before={data.instructions ?? ''} /> : <SkeletonList label={say('Loading your instructions')} rows={2} />
}

function Form({ before }: { before: string }) {
  const [text, setText] = useState(before)
  const save = useMutation({
    mutationFn: (instructions: string) => call(endpoints.updateMe, { body: { instructions } }),
    onSuccess: (me) => {
      queryClient.setQueryData(queryKey, me)
      toast(say('Saved. They hold from the next message on.'))
    },
  })
  return (
    <form
      className="flex max-w-xl flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(text.trim())
      }}
    >
      <TextArea
        label={say('Instructions')}
        maxLength={4000}
        placeholder={say('I am a nurse. Explain medical words, and keep answers short.')}
        hint={say('What Jarvis should know and do in each answer. A folder and a conversation can have their own beside these.')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
      <Button type="submit" className="self-start" busy={save.isPending}>
        {say('Save')}
      </Button>
    </form>
  )
}

import { useQuery } from '@tanstack/react-query'
import { Square, Volume2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useStore } from '#lib/store.ts'
import { IconButton } from '#ui/button.tsx'
import { Spinner } from '#ui/spinner.tsx'
import { say } from '#words/say.ts'
import { voiceChoice, wayOf } from '#lib/voice-choice.ts'
import { readAloud, reading, stopReading } from './read.ts'
import { speakerOf, voiceQuery } from '#lib/voice.ts'
import { WhatLeaves } from './what-leaves.tsx'

/** Has an answer read aloud; a second press, Escape, or talking ends it. */
export function ReadButton({ id, text }: { id: string; text: string }) {
  const { data: voice } = useQuery(voiceQuery)
  const { told } = useStore(voiceChoice)
  const now = useStore(reading)
  const [telling, setTelling] = useState(false)
  const doer = speakerOf(voice)
  const mine = now?.id === id ? now.state : null

  const isMine = mine !== null
  useEffect(() => {
    if (!isMine) return
    const ends = (event: KeyboardEvent) => event.key === 'Escape' && stopReading()
    document.addEventListener('keydown', ends)
    return () => {
      document.removeEventListener('keydown', ends)
      if (reading.get()?.id === id) stopReading()
    }
  }, [isMine, id])

  if (!doer) return null
  return (
    <>
      <IconButton
        small
        label={mine ? say('Stop reading') : say('Read aloud')}
        onClick={() => {
          if (mine) stopReading()
          else if (told.includes(wayOf('speak', doer))) void readAloud(id, text, doer)
          else setTelling(true)
        }}
      >
        {mine === 'loading' ? <Spinner className="size-4" /> : mine ? <Square className="size-3.5 fill-current" /> : <Volume2 className="size-4" />}
      </IconButton>
      {telling && (
        <WhatLeaves
          act="speak"
          doer={doer}
          onClose={() => setTelling(false)}
          onAgree={() => {
            setTelling(false)
            void readAloud(id, text, doer)
          }}
        />
      )}
    </>
  )
}

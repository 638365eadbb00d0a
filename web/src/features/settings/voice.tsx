import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { useStore } from '#lib/store.ts'
import { hearer, speakerOf, voiceQuery } from '#lib/voice.ts'
import { chooseVoice, voiceChoice } from '#lib/voice-choice.ts'
import { Button } from '#ui/button.tsx'
import { Select } from '#ui/select.tsx'
import { say } from '#words/say.ts'

/** The voice that reads and its speed, kept in this browser; and what has been agreed to, taken back. */
export function Voice() {
  const id = useId()
  const { data } = useQuery(voiceQuery)
  const { voice, speed, told } = useStore(voiceChoice)
  if (data && !hearer(data) && !speakerOf(data))
    return <p className="text-muted">{say('Nobody hears or speaks here, and this browser does not either.')}</p>
  const voices = data?.speaks?.voices ?? []
  return (
    <div className="flex max-w-sm flex-col items-start gap-5">
      {voices.length > 0 && (
        <Select
          className="w-full"
          label={say('Voice that reads')}
          value={voice !== null && voices.includes(voice) ? voice : voices[0]!}
          options={voices.map((name) => ({ value: name, name }))}
          onChange={(chosen) => chooseVoice({ voice: chosen })}
        />
      )}
      <div className="flex w-full flex-col gap-1.5">
        <label htmlFor={id} className="text-sm font-medium">
          {say('Speed of reading')}
        </label>
        <input
          id={id}
          type="range"
          min="0.5"
          max="2"
          step="0.25"
          value={speed}
          aria-valuetext={`${speed}×`}
          className="h-11 w-full accent-accent"
          onChange={({ target }) => chooseVoice({ speed: Number(target.value) })}
        />
        <span aria-hidden className="text-sm text-muted tabular-nums">
          {`${speed}×`}
        </span>
      </div>
      <Button disabled={told.length === 0} onClick={() => chooseVoice({ told: [] })}>
        {say('Ask again before anything leaves')}
      </Button>
    </div>
  )
}

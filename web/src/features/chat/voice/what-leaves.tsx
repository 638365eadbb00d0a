import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { say } from '#words/say.ts'
import { chooseVoice, voiceChoice, wayOf } from '#lib/voice-choice.ts'
import type { Doer } from '#lib/voice.ts'

type WhatLeavesProps = { act: 'hear' | 'speak'; doer: NonNullable<Doer>; onAgree: () => void; onClose: () => void }

/** Said before anything leaves for the first time, once for each receiver. */
export function WhatLeaves({ act, doer, onAgree, onClose }: WhatLeavesProps) {
  return (
    <Dialog title={act === 'hear' ? say('Talk to Jarvis') : say('Have answers read aloud')} onClose={onClose}>
      <p>{wordsFor(act, doer)}</p>
      <div className="mt-2 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{say('Cancel')}</Button>
        <Button
          look="primary"
          data-first-focus
          onClick={() => {
            chooseVoice({ told: [...voiceChoice.get().told, wayOf(act, doer)] })
            onAgree()
          }}
        >
          {act === 'hear' ? say('Talk') : say('Read aloud')}
        </Button>
      </div>
    </Dialog>
  )
}

function wordsFor(act: 'hear' | 'speak', doer: NonNullable<Doer>): string {
  if (doer.kind === 'provider')
    return act === 'hear'
      ? say(
          'What you say is recorded and sent to {host}, which writes it down. The recording is not kept here. You see the text before it is sent.',
          {
            host: doer.host,
          },
        )
      : say('The text of the answer is sent to {host}, which says it. It costs like any other call of a model.', { host: doer.host })
  return act === 'hear'
    ? say('Your browser writes down what you say. Most browsers send the recording to their maker for that. You see the text before it is sent.')
    : say('Your browser reads the answer. Some of its voices send the text to the maker of the browser.')
}

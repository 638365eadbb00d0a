import { useQuery } from '@tanstack/react-query'
import { Mic } from 'lucide-react'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useStore } from '#lib/store.ts'
import { Button, IconButton } from '#ui/button.tsx'
import { Spinner } from '#ui/spinner.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'
import { voiceChoice, wayOf } from '#lib/voice-choice.ts'
import { type Listening, listen, wordsOf } from './listen.ts'
import { Meter } from './meter.tsx'
import { stopReading } from './read.ts'
import { hearer, voiceQuery } from '#lib/voice.ts'
import { WhatLeaves } from './what-leaves.tsx'

type State = 'idle' | 'telling' | 'opening' | 'listening' | 'writing'
/** Held at least this long, letting go ends it; a short press leaves it on. */
const holdMs = 400
const isTalkKey = ({ altKey, ctrlKey, metaKey, code }: KeyboardEvent) => altKey && !ctrlKey && !metaKey && code === 'KeyT'

/** Writes what is said into the message: by a press, or while the button or Alt+T is held. Escape drops it. */
export function TalkButton({ onHeard }: { onHeard: (text: string) => void }) {
  const { data: voice } = useQuery(voiceQuery)
  const { told } = useStore(voiceChoice)
  const doer = hearer(voice)
  const [state, setState] = useState<State>('idle')
  const [heard, setHeard] = useState('')
  const [level, setLevel] = useState<() => number>(() => () => 0)
  const [spoken, setSpoken] = useState('')
  const listening = useRef<Listening | null>(null)
  const pressedAt = useRef(0)
  const holdsKey = useRef(false)
  /** Told apart from an attempt that was dropped meanwhile. */
  const attempt = useRef(0)

  function drop() {
    attempt.current++
    listening.current?.cancel()
    listening.current = null
    setState('idle')
  }

  async function start() {
    if (!doer || state !== 'idle') return
    setSpoken('')
    if (!told.includes(wayOf('hear', doer))) return setState('telling')
    await open()
  }

  async function open() {
    stopReading()
    const mine = ++attempt.current
    setHeard('')
    setState('opening')
    try {
      const opened = await listen(doer!, { onHeard: setHeard, onEnd: () => void finish() })
      if (attempt.current !== mine) return opened.cancel()
      listening.current = opened
      setLevel(() => opened.level)
      setState('listening')
    } catch (error) {
      if (attempt.current === mine) fail(error)
    }
  }

  async function finish() {
    const now = listening.current
    if (!now) return
    listening.current = null
    const mine = attempt.current
    setState('writing')
    try {
      const text = (await now.finish()).trim()
      if (attempt.current !== mine) return
      setState('idle')
      if (text === '') return toast(say('Nothing was heard.'))
      setSpoken(text)
      onHeard(text)
    } catch (error) {
      if (attempt.current === mine) fail(error)
    }
  }

  function fail(error: unknown) {
    listening.current = null
    setState('idle')
    toast(wordsOf(error))
  }

  const press = () => {
    if (state === 'listening') return void finish()
    pressedAt.current = performance.now()
    void start()
  }
  const release = () => {
    if (performance.now() - pressedAt.current < holdMs) return
    // Let go before anything could be heard.
    if (state === 'opening') drop()
    else void finish()
  }

  const down = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === 'Escape' && state !== 'idle' && state !== 'telling') {
      event.preventDefault()
      event.stopPropagation()
      return drop()
    }
    if (!isTalkKey(event) || document.querySelector('dialog[open]')) return
    event.preventDefault()
    if (event.repeat) return
    holdsKey.current = true
    press()
  })
  const up = useEffectEvent((event: KeyboardEvent) => {
    if (!holdsKey.current || (event.code !== 'KeyT' && event.key !== 'Alt')) return
    holdsKey.current = false
    release()
  })
  const leave = useEffectEvent(drop)
  useEffect(() => {
    const onDown = (event: KeyboardEvent) => down(event)
    const onUp = (event: KeyboardEvent) => up(event)
    document.addEventListener('keydown', onDown, true)
    document.addEventListener('keyup', onUp)
    return () => {
      document.removeEventListener('keydown', onDown, true)
      document.removeEventListener('keyup', onUp)
      leave()
    }
  }, [])

  if (!doer) return null
  const busy = state === 'opening' || state === 'listening' || state === 'writing'
  return (
    <>
      <IconButton
        label={state === 'listening' ? say('Stop and write it down') : say('Talk')}
        title={`${say('Talk')} (Alt+T)`}
        aria-pressed={state === 'listening'}
        className="rounded-full aria-pressed:bg-accent-soft aria-pressed:text-accent"
        onPointerDown={({ button }) => button === 0 && press()}
        onPointerUp={release}
        // As a screen reader presses it.
        onClick={({ detail }) => detail === 0 && press()}
        onKeyDown={(event) => {
          if ((event.key !== ' ' && event.key !== 'Enter') || event.repeat) return
          event.preventDefault()
          press()
        }}
        onKeyUp={({ key }) => (key === ' ' || key === 'Enter') && release()}
      >
        <Mic className="size-5" />
      </IconButton>
      {busy && (
        <div className="appear absolute inset-x-0 bottom-full mb-2 flex items-center gap-3 rounded-2xl border border-line-strong bg-raised px-4 py-2 shadow-raised">
          {state === 'listening' ? <Meter level={level} /> : <Spinner />}
          <p dir="auto" className="line-clamp-2 min-w-0 grow text-sm wrap-anywhere">
            {heard ||
              (state === 'writing'
                ? say('Writing down what you said …')
                : state === 'opening'
                  ? say('Opening the microphone …')
                  : say('Listening …'))}
          </p>
          <Button look="bare" className="px-3 text-sm" onClick={drop}>
            {say('Cancel')}
          </Button>
          {state === 'listening' && (
            <Button className="px-3 text-sm" onClick={() => void finish()}>
              {say('Done')}
            </Button>
          )}
        </div>
      )}
      <p role="status" className="sr-only">
        {state === 'listening'
          ? say('Listening …')
          : state === 'writing'
            ? say('Writing down what you said …')
            : spoken && say('Heard: {text}', { text: spoken })}
      </p>
      {state === 'telling' && <WhatLeaves act="hear" doer={doer} onClose={() => setState('idle')} onAgree={() => void open()} />}
    </>
  )
}

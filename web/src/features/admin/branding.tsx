import type { BrandingBody } from '@jarvis/contracts/branding.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { call } from '#lib/call.ts'
import { instanceQuery, useInstance } from '#lib/instance.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { smallPicture } from './small-picture.ts'
import { say } from '#words/say.ts'

const ownHue = 206

/** What the installation is called, and looks like, for everybody. */
export function Branding() {
  const branding = useInstance()?.branding
  const save = useMutation({
    mutationFn: (body: BrandingBody) => call(endpoints.adminUpdateBranding, { body }),
    onSuccess: async () => {
      toast(say('Saved. It acts at once.'))
      await queryClient.invalidateQueries({ queryKey: instanceQuery.queryKey })
    },
  })
  if (!branding) return null
  return (
    <div className="flex max-w-md flex-col gap-6">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate({ name: new FormData(event.currentTarget).get('name') as string })
        }}
      >
        <Field
          label={say('Name')}
          name="name"
          maxLength={40}
          defaultValue={branding.name}
          placeholder="Jarvis"
          autoComplete="off"
          className="grow basis-56"
        />
        <Button type="submit" className="h-11" busy={save.isPending && save.variables.name !== undefined}>
          {say('Save')}
        </Button>
      </form>
      <Hue key={branding.hue} hue={branding.hue} onChange={(hue) => save.mutate({ hue })} />
      <Logo logo={branding.logo} onChange={(logo) => save.mutate({ logo })} />
      {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
    </div>
  )
}

function Hue({ hue, onChange }: { hue: number | null; onChange: (hue: number | null) => void }) {
  const id = useId()
  const [chosen, setChosen] = useState(hue ?? ownHue)
  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={id} className="text-sm font-medium">
        {say('Colour')}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={359}
        value={chosen}
        onChange={(event) => setChosen(Number(event.target.value))}
        className="h-11 w-full"
        style={{ accentColor: `oklch(0.6 0.1 ${chosen})` }}
      />
      <div className="flex flex-wrap gap-2">
        <Button disabled={chosen === (hue ?? ownHue)} onClick={() => onChange(chosen)}>
          {say('Use this colour')}
        </Button>
        {hue !== null && (
          <Button look="bare" onClick={() => onChange(null)}>
            {say('Back to the first colour')}
          </Button>
        )}
      </div>
    </div>
  )
}

function Logo({ logo, onChange }: { logo: string | null; onChange: (logo: string | null) => void }) {
  const id = useId()
  const [failed, setFailed] = useState(false)
  return (
    <div className="flex flex-col gap-2">
      <label htmlFor={id} className="text-sm font-medium">
        {say('Logo')}
      </label>
      <div className="flex flex-wrap items-center gap-3">
        {logo && <img src={logo} alt={say('The logo of now')} className="size-12 rounded-lg border border-line object-contain" />}
        <input
          id={id}
          type="file"
          accept="image/*"
          className="max-w-full text-sm"
          onChange={(event) => {
            const [file] = event.target.files ?? []
            event.target.value = ''
            if (!file) return
            setFailed(false)
            void smallPicture(file).then(onChange, () => setFailed(true))
          }}
        />
        {logo && (
          <Button look="danger" onClick={() => onChange(null)}>
            {say('Remove')}
          </Button>
        )}
      </div>
      {failed && <Notice look="danger">{say('This is no picture that the browser can read.')}</Notice>}
    </div>
  )
}

import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { call } from '#lib/call.ts'
import type { English } from '#words/language.ts'
import { messageOf } from '#lib/problem.ts'
import { say } from '#words/say.ts'
import { updateUser } from '#lib/session.ts'
import { useStore } from '#lib/store.ts'
import { type Theme, chooseTheme, theme, themes } from '#lib/theme.ts'
import { LanguageChoice } from '#ui/language-choice.tsx'
import { toast } from '#ui/toast.tsx'

const names: Record<Theme, English> = { system: 'As the system', light: 'Light', dark: 'Dark' }

export function Appearance() {
  const chosen = useStore(theme)
  return (
    <div className="flex flex-col gap-5">
      <fieldset className="flex flex-wrap gap-2">
        <legend className="sr-only">{say('Theme')}</legend>
        {themes.map((name) => (
          <label
            key={name}
            className="flex min-h-11 cursor-pointer items-center gap-2.5 rounded-lg border border-line bg-raised px-4 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input type="radio" name="theme" className="accent-accent outline-none" checked={chosen === name} onChange={() => chooseTheme(name)} />
            {say(names[name])}
          </label>
        ))}
      </fieldset>
      <LanguageChoice className="max-w-sm" onChoose={(tag) => void keep(tag)} />
    </div>
  )
}

/** With the account, so that it holds on each device. */
async function keep(language: string | null) {
  try {
    updateUser(await call(endpoints.updateMe, { body: { language } }))
  } catch (error) {
    toast(messageOf(error))
  }
}

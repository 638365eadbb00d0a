import { useStore } from '#lib/store.ts'
import { chooseTheme, theme, themes } from '#lib/theme.ts'

const names = { system: 'As the system', light: 'Light', dark: 'Dark' }

export function Appearance() {
  const chosen = useStore(theme)
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Theme</legend>
      {themes.map((name) => (
        <label
          key={name}
          className="flex min-h-11 cursor-pointer items-center gap-2.5 rounded-lg border border-line bg-raised px-4 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
        >
          <input type="radio" name="theme" className="accent-accent outline-none" checked={chosen === name} onChange={() => chooseTheme(name)} />
          {names[name]}
        </label>
      ))}
    </fieldset>
  )
}

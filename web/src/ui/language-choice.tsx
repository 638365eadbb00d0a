import { chooseLanguage, chosenLanguage, languages, useLanguage } from '#words/language.ts'
import { say } from '#words/say.ts'
import { Select } from './select.tsx'

/** Each language by its own name, as people look for it. */
const nameOf = (tag: string) => {
  const name = new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag
  return name.replace(/^./u, (first) => first.toLocaleUpperCase(tag))
}

type ChoiceProps = { hideLabel?: boolean; className?: string; onChoose?: (tag: string | null) => void }

/** The language of the page; without a choice it is the first of the browser's that there is. */
export function LanguageChoice({ onChoose, ...rest }: ChoiceProps) {
  useLanguage()
  return (
    <Select
      label={say('Language')}
      value={chosenLanguage() ?? ''}
      options={[{ value: '', name: say('As the browser') }, ...languages.map((tag) => ({ value: tag, name: nameOf(tag) }))]}
      onChange={(tag) => {
        onChoose?.(tag || null)
        void chooseLanguage(tag || null)
      }}
      {...rest}
    />
  )
}

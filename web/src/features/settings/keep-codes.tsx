import { saveText } from '#lib/save-text.ts'
import { Button } from '#ui/button.tsx'
import { copyText } from '#ui/copy.ts'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

/** Recovery codes, the only time that they are shown. */
export function KeepCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const text = `${codes.join('\n')}\n`
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        {say(
          'Keep these codes where you keep other secrets, and not only on your phone. Each signs you in once, should the app be lost. They are not shown again.',
        )}
      </p>
      <ul aria-label={say('Recovery codes')} className="grid grid-cols-2 gap-x-4 gap-y-1 rounded-lg bg-sunken p-4 font-mono text-[0.9375rem]">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button
          onClick={() =>
            void copyText(text).then((copied) => toast(copied ? say('Copied') : say('Copying is not allowed here: select the codes and copy them')))
          }
        >
          {say('Copy')}
        </Button>
        <Button onClick={() => saveText('jarvis-recovery-codes.txt', text)}>{say('Save as a file')}</Button>
        <Button look="primary" className="ms-auto" data-first-focus onClick={onDone}>
          {say('I have kept them')}
        </Button>
      </div>
    </div>
  )
}

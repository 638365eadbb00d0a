import { Button } from './button.tsx'
import { say } from '#words/say.ts'

export function ErrorState({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-start gap-3 py-4">
      <p className="text-muted">{message}</p>
      <Button onClick={onRetry}>{say('Try again')}</Button>
    </div>
  )
}

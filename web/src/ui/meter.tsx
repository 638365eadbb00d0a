import { cx } from './cx.ts'

export function Meter({ label, value, max }: { label: string; value: number; max: number }) {
  // Of nothing, nothing is used: an organisation without seats is not at its end.
  const share = max > 0 ? Math.min(1, value / max) : Number(value > 0)
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={Math.min(value, max)}
      className="h-1.5 overflow-hidden rounded-full bg-hover"
    >
      <div className={cx('h-full rounded-full', share > 0.9 ? 'bg-danger' : 'bg-accent')} style={{ width: `${share * 100}%` }} />
    </div>
  )
}

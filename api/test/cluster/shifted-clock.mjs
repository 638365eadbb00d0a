/** Loaded with `--import`: a process whose clock is wrong by CLOCK_SHIFT_MS. */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS)

globalThis.Date = class extends Date {
  constructor(...parts) {
    if (parts.length === 0) super(Date.now())
    else super(...parts)
  }
  static now() {
    return super.now() + shiftMs
  }
}

/** Moments as clocks on the wall show them in a zone. */
export interface WallTime {
  /** 2027-06-03 */
  date: string
  /** 09:30 */
  time: string
}

const DAY = 24 * 3600 * 1000

/** What clocks in the zone show at a moment. */
export function wallTime(at: string | number, timeZone: string): WallTime {
  const parts = new Intl.DateTimeFormat('en-GB-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(at))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? ''
  return {
    date: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
  }
}

/**
 * The moments at which clocks in the zone show this, the earliest first: none where they are set forward over it, two
 * where they are set back over it.
 */
export function moments({ date, time }: WallTime, timeZone: string): string[] {
  const read = Date.parse(`${date}T${time}Z`)
  if (Number.isNaN(read)) return []
  const shifts = new Set([read - DAY, read + DAY].map((near) => shiftAt(near, timeZone)))
  return [...shifts]
    .map((shift) => read - shift)
    .filter((at) => {
      const shown = wallTime(at, timeZone)
      return shown.date === date && shown.time === time
    })
    .sort((one, other) => one - other)
    .map((at) => new Date(at).toISOString().replace('.000Z', 'Z'))
}

/** By how much clocks in the zone are ahead of UTC, in milliseconds. */
function shiftAt(at: number, timeZone: string): number {
  const { date, time } = wallTime(at, timeZone)
  return Date.parse(`${date}T${time}Z`) - Math.floor(at / 60_000) * 60_000
}

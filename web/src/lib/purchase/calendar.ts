import type { EventPage } from '$lib/api/types'

/** An event as a file for calendars (RFC 5545), with the address of its page. */
export function calendarOf(event: EventPage, url: string, now = new Date()): string {
  const place = [event.venue?.name, event.venue?.address].filter(Boolean).join(', ')
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Admit//Event//EN',
    'BEGIN:VEVENT',
    `UID:${event.id}@admit`,
    `DTSTAMP:${stamp(now)}`,
    `DTSTART:${stamp(new Date(event.starts_at))}`,
    `DTEND:${stamp(new Date(event.ends_at))}`,
    `SUMMARY:${escaped(event.title)}`,
    ...(place ? [`LOCATION:${escaped(place)}`] : []),
    `URL:${url}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ]
  return lines.flatMap(folded).join('\r\n') + '\r\n'
}

/** Hands the file to the browser, which asks what to do with it. */
export function saveCalendar(event: EventPage): void {
  const file = new Blob([calendarOf(event, location.origin + location.pathname)], { type: 'text/calendar' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = `${event.slug}.ics`
  link.click()
  URL.revokeObjectURL(link.href)
}

function stamp(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, '')
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n')
}

/** A line in pieces of at most 75 bytes, as the format wants it; each further piece starts with a space. */
function folded(line: string): string[] {
  const pieces = ['']
  for (const character of line) {
    const piece = pieces[pieces.length - 1] + character
    if (new TextEncoder().encode(piece).length <= 75) pieces[pieces.length - 1] = piece
    else pieces.push(` ${character}`)
  }
  return pieces
}

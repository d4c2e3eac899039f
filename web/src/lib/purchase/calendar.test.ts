import { expect, it } from 'vitest'
import { anEvent } from '$lib/fixtures'
import { calendarOf } from './calendar'

const NOW = new Date('2026-06-01T10:00:00.000Z')

it('tells calendars when and where an event is', () => {
  const venue = { name: 'Harbour Hall', address: 'Kaibakken 1\n9008 Tromsø' }
  const file = calendarOf(anEvent([], { venue }), 'https://tickets.example/e/summer-fair', NOW)
  expect(file.split('\r\n')).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Admit//Event//EN',
    'BEGIN:VEVENT',
    'UID:event@admit',
    'DTSTAMP:20260601T100000Z',
    'DTSTART:20260917T070000Z',
    'DTEND:20260917T150000Z',
    'SUMMARY:Summer fair',
    'LOCATION:Harbour Hall\\, Kaibakken 1\\n9008 Tromsø',
    'URL:https://tickets.example/e/summer-fair',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ])
})

it('breaks long lines between characters, at 75 bytes', () => {
  const file = calendarOf(anEvent([], { title: 'ø'.repeat(60) }), 'https://tickets.example', NOW)
  const bytes = file.split('\r\n').map((line) => new TextEncoder().encode(line).length)
  expect(Math.max(...bytes)).toBeLessThanOrEqual(75)
  expect(file.replaceAll('\r\n ', '')).toContain(`SUMMARY:${'ø'.repeat(60)}`)
})

import { locale, t } from '$lib/i18n/index.svelte'
import type { Row, Seat } from './house'

/** "Row 3"; a label that says more than a number or letter stands for itself. */
export function rowName({ label }: Pick<Row, 'label'>): string {
  return label.length > 4 ? label : t('seats.row', { row: label })
}

/** "Seat 12", likewise. */
export function placeName({ label }: Pick<Seat, 'label'>): string {
  return label.length > 4 ? label : t('seats.seat', { seat: label })
}

/** A seat as people find it: "Stalls, row 3, seat 12". */
export function seatName(seat: Seat): string {
  return [seat.row.section.title, rowName(seat.row), placeName(seat)].join(' · ')
}

/** What is special about a seat. */
export function remarksOf({ kind, restricted }: Seat): string[] {
  return [
    ...(kind === 'standard' ? [] : [t(`seats.kind.${kind}`)]),
    ...(restricted ? [t('seats.restricted', { why: restricted })] : []),
  ]
}

/** Seats one after another: "Stalls · Row 3 · Seat 12, Stalls · Row 3 · Seat 13". */
export function seatNames(seats: readonly Seat[]): string {
  return new Intl.ListFormat(locale(), { type: 'unit' }).format(seats.map(seatName))
}

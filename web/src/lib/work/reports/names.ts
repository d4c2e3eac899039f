/** How the rows of reports are called. */
import type { PaymentMethod } from '$lib/api/types'
import { pageLocale } from '$lib/format/locale'
import { t } from '$lib/i18n/index.svelte'
import type { Account, ArrivalsBy, ArrivalsRow, SalesBy, SalesRow } from './api'
import { isSpan, spanName } from './times'

/** The key of what has no discount, no company, no tax rate, no gate. */
const NONE = 'none'

export function salesName(by: SalesBy, { key, label }: Pick<SalesRow, 'key' | 'label'>): string {
  if (isSpan(by)) return spanName(by, key, true)
  if (by === 'method') return t(`order.method.${key as PaymentMethod}`)
  if (key === NONE && (by === 'discount' || by === 'organization' || by === 'tax')) {
    return t(`reports.none.${by}`)
  }
  if (by === 'tax') return percent(key)
  return label || removed(key)
}

export function arrivalsName(by: ArrivalsBy, { key, label }: Pick<ArrivalsRow, 'key' | 'label'>): string {
  return key === NONE ? t(`reports.none.${by}`) : label || removed(key)
}

/** An account in which money comes and goes; none is all of them. */
export function accountName(account: Account | null): string {
  switch (account) {
    case 'stripe':
    case 'bank':
    case 'by_hand':
      return t(`reports.cash.account.${account}`)
    default:
      return t('reports.total')
  }
}

/** The code by which people call an order: the varying end of its id. */
export function codeOf(order_id: string): string {
  return `${order_id.slice(-9, -4)}-${order_id.slice(-4)}`.toUpperCase()
}

function removed(key: string): string {
  return t('reports.removed', { key: key.slice(-6) })
}

function percent(rate: string): string {
  const format = new Intl.NumberFormat(pageLocale(), { style: 'percent', maximumFractionDigits: 4 })
  return format.format(Number(rate) / 100)
}

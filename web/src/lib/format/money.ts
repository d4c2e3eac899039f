import type { Money } from '$lib/api/types'
import { t } from '$lib/i18n/index.svelte'
import { pageLocale } from './locale'

// ISO 4217 exponents that are not 2. Intl alone does not do: it rounds some currencies (HUF, IQD) as people do in cash.
const EXPONENTS = new Map<string, number>([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
  ...'CLF UYW'.split(' ').map((code) => [code, 4] as const),
])

export function exponent(currency: string): number {
  return EXPONENTS.get(currency) ?? 2
}

/** Writes an amount of minor units as people read it: 1250 EUR is €12.50, 1250 JPY is ¥1,250. */
export function formatMoney({ amount, currency }: Money, locale = pageLocale()): string {
  const digits = exponent(currency)
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount / 10 ** digits)
}

/** Writes a price: nothing to pay is "Free". */
export function formatPrice(price: Money, locale = pageLocale()): string {
  return price.amount === 0 ? t('common.free') : formatMoney(price, locale)
}

/** Reads an amount that somebody typed, such as 12.50, 12,50 or ١٢٫٥٠; nothing if it is none of this currency. */
export function readMoney(text: string, currency: string): Money | undefined {
  const digits = exponent(currency)
  const typed = text
    .trim()
    .replace(/[,٫]/, '.')
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
  if (!/^\d{1,9}(\.\d*)?$/.test(typed) || (typed.split('.')[1] ?? '').length > digits) return undefined
  return { amount: Math.round(Number(typed) * 10 ** digits), currency }
}

/** Writes an amount as one types it: 1250 EUR is 12.50, 1200 EUR is 12. */
export function typedMoney({ amount, currency }: Money): string {
  const digits = exponent(currency)
  return amount % 10 ** digits ? (amount / 10 ** digits).toFixed(digits) : String(amount / 10 ** digits)
}

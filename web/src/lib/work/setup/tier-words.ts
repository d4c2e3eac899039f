import { formatMoney, formatPrice } from '$lib/format/money'
import { t } from '$lib/i18n/index.svelte'
import type { Tier } from './api'
import type { PriceFields } from './fields'

/** What a tier costs, at a glance. */
export function priceSpan(prices: Tier['prices']): string {
  const amounts = prices.map(({ amount, floor }) => (floor ?? amount).amount)
  const currency = prices[0]?.amount.currency
  if (!currency) return t('setup.price.none')
  const [least, most] = [Math.min(...amounts), Math.max(...prices.map(({ amount }) => amount.amount))]
  if (least === most) return formatPrice({ amount: least, currency })
  return t('setup.price.span', {
    least: formatPrice({ amount: least, currency }),
    most: formatMoney({ amount: most, currency }),
  })
}

/** What makes a tier other than one that everybody may buy, in words. */
export function marksOf(tier: Tier): string[] {
  return [
    !tier.active && t('setup.mark.inactive'),
    tier.limited ? t('setup.mark.limited') : tier.private && t('setup.mark.private'),
    tier.approval_required && !tier.limited && t('setup.mark.approval'),
    tier.passcode_enabled && t('setup.mark.passcode'),
    tier.add_on_of !== null && t('setup.mark.addOn'),
    tier.default && t('setup.mark.default'),
  ].filter((mark) => mark !== false)
}

/** What a price is told by where it has no label. */
export function priceName(price: PriceFields): string {
  return price.label || (price.amount ? formatPrice(price.amount) : t('setup.price.new'))
}

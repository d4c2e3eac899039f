import { learn } from '$lib/i18n/index.svelte'
import { ordersApi } from '$lib/work/orders/api'
import type { PageLoad } from './$types'

export const load: PageLoad = async ({ params, parent }) => {
  const [{ work }] = await Promise.all([parent(), learn('orders', 'order', 'ticket', 'problem')])
  return { orders: ordersApi(work, params.organizer, params.event) }
}

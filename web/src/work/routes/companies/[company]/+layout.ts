import { Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import { companiesOf } from '$lib/work/api'
import type { LayoutLoad } from './$types'

export const load: LayoutLoad = async ({ params, parent, depends }) => {
  depends('work:company')
  const { work } = await parent()
  const companies = await companiesOf(work)
  const company = companies.find(({ id }) => id === params.company)
  if (!company) throw new Problem(404, 'not_found', t('common.notFoundHint'))
  return { companies, company }
}

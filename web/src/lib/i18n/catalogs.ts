/** What the visitors' pages may say; the workplaces' build takes `catalogs.all.ts` in this file's place. */
import type { Messages } from './catalogs.all'

export const catalogs = import.meta.glob<Messages>(
  '../messages/{account,checkout,common,event,order,problem,seats,ticket}/*.json',
  { query: '?messages', import: 'default' },
)

/** Everything that pages may say, compiled by the build from the ICU messages that stand in these files. */
export type Messages = Record<string, (values: Record<string, string | number>) => string>

export const catalogs = import.meta.glob<Messages>('../messages/*/*.json', {
  query: '?messages',
  import: 'default',
})

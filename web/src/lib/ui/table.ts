/** A column of a table. */
export interface Column<T> {
  id: string
  label: string
  /** What stands in it, where the table has no snippet for its cells. */
  text?: (row: T) => string
  /** Numbers and amounts stand at the end. */
  end?: boolean
  sortable?: boolean
  /** Opens the row, and heads it on a phone. */
  main?: boolean
  /** Left out where there is little room. */
  wide?: boolean
}

export interface Sort {
  column: string
  descending: boolean
}

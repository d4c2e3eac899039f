import { fireEvent, render, screen, within } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import DataTable from './DataTable.svelte'
import type { Column } from './table'

interface Row {
  id: string
  name: string
}

const rows: Row[] = ['a', 'b', 'c', 'd'].map((id) => ({ id, name: `Order ${id}` }))
const columns: Column<Row>[] = [
  { id: 'name', label: 'Order', text: ({ name }) => name, main: true, sortable: true },
  { id: 'id', label: 'Code', text: ({ id }) => id },
]

function show(more: object = {}) {
  const props = $state({
    caption: 'Orders',
    columns,
    rows,
    key: ({ id }: Row) => id,
    ...more,
  })
  render(DataTable<Row>, { props })
  const row = (id: string) =>
    screen.getAllByTestId('table-row').find((one) => one.dataset.key === id) as HTMLElement
  const opener = (id: string) => within(row(id)).getByTestId('open')
  return { props, row, opener }
}

it('is a table with its name, heads and cells', () => {
  show()
  expect(screen.getByRole('table', { name: 'Orders' })).toBeTruthy()
  expect(screen.getAllByRole('columnheader')).toHaveLength(2)
  expect(screen.getByRole('cell', { name: 'Order b' })).toBeTruthy()
})

it('is walked by the arrow keys, with one stop for Tab', async () => {
  const onopen = vi.fn()
  const { opener } = show({ onopen })
  opener('a').focus()
  await fireEvent.keyDown(opener('a'), { key: 'ArrowDown' })
  expect(document.activeElement).toBe(opener('b'))
  expect(['a', 'b', 'c', 'd'].map((id) => opener(id).tabIndex)).toEqual([-1, 0, -1, -1])
  await fireEvent.click(opener('b'))
  expect(onopen).toHaveBeenCalledExactlyOnceWith(rows[1])
})

it('opens the row that is pressed', async () => {
  const onopen = vi.fn()
  const { row } = show({ onopen })
  await fireEvent.click(within(row('c')).getByRole('cell', { name: 'c' }))
  expect(onopen).toHaveBeenCalledExactlyOnceWith(rows[2])
})

it('asks to be sorted, the other way the second time', async () => {
  const onsort = vi.fn()
  const { props } = show({ onsort, sort: undefined })
  await fireEvent.click(screen.getByTestId('sort-name'))
  Object.assign(props, { sort: { column: 'name', descending: false } })
  await fireEvent.click(screen.getByTestId('sort-name'))
  expect(onsort.mock.calls.map(([sort]) => sort.descending)).toEqual([false, true])
  expect(screen.getByRole('columnheader', { name: 'Order' }).getAttribute('aria-sort')).toBe('ascending')
})

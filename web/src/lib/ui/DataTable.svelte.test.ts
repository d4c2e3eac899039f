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
    label: ({ name }: Row) => name,
    selectable: true,
    selected: [] as string[],
    ...more,
  })
  render(DataTable<Row>, { props })
  const row = (id: string) =>
    screen.getAllByTestId('table-row').find((one) => one.dataset.key === id) as HTMLElement
  const box = (id: string) => within(row(id)).getByTestId('choose')
  const opener = (id: string) => within(row(id)).getByTestId('open')
  return { props, row, box, opener }
}

it('is a table with its name, heads and cells', () => {
  show()
  expect(screen.getByRole('table', { name: 'Orders' })).toBeTruthy()
  expect(screen.getAllByRole('columnheader')).toHaveLength(3)
  expect(screen.getByRole('cell', { name: 'Order b' })).toBeTruthy()
})

it('chooses a row, all up to another with Shift, and all', async () => {
  const { props, box } = show()
  await fireEvent.click(box('a'))
  await fireEvent.click(box('c'), { shiftKey: true })
  expect(props.selected).toEqual(['a', 'b', 'c'])
  await fireEvent.click(screen.getByTestId('choose-all'))
  expect(props.selected).toEqual(['a', 'b', 'c', 'd'])
  await fireEvent.click(screen.getByTestId('choose-all'))
  expect(props.selected).toEqual([])
})

it('keeps what is chosen elsewhere', async () => {
  const { props, box } = show({ selected: ['elsewhere'] })
  await fireEvent.click(box('a'))
  await fireEvent.click(box('a'))
  expect(props.selected).toEqual(['elsewhere'])
})

it('is walked by the arrow keys, with one stop for Tab', async () => {
  const onopen = vi.fn()
  const { props, opener } = show({ onopen })
  opener('a').focus()
  await fireEvent.keyDown(opener('a'), { key: 'ArrowDown' })
  expect(document.activeElement).toBe(opener('b'))
  expect(['a', 'b', 'c', 'd'].map((id) => opener(id).tabIndex)).toEqual([-1, 0, -1, -1])
  await fireEvent.keyDown(opener('b'), { key: 'x' })
  expect(props.selected).toEqual(['b'])
  await fireEvent.click(opener('b'))
  expect(onopen).toHaveBeenCalledExactlyOnceWith(rows[1])
})

it('opens the row that is pressed, but not where something else is', async () => {
  const onopen = vi.fn()
  const { row, box } = show({ onopen })
  await fireEvent.click(within(row('c')).getByRole('cell', { name: 'c' }))
  expect(onopen).toHaveBeenCalledExactlyOnceWith(rows[2])
  await fireEvent.click(box('c'))
  expect(onopen).toHaveBeenCalledOnce()
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

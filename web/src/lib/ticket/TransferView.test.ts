import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import { goto } from '$app/navigation'
import type { Api } from '$lib/api/client'
import { Problem } from '$lib/api/problem'
import type { Transfer } from '$lib/api/types'
import { aTicketPage, aTransfer } from '$lib/fixtures'
import TransferView from './TransferView.svelte'

vi.mock('$app/navigation', () => ({ goto: vi.fn() }))

async function show(transfer: Partial<Transfer>, more: Partial<Api> = {}) {
  const read = vi.fn().mockResolvedValue(aTransfer(transfer))
  render(TransferView, {
    api: { transfer: read, ...more } as Partial<Api> as Api,
    code: 'order-1-1',
    key: 'secret',
  })
  return { read, section: await screen.findByTestId('transfer') }
}

it('says who offers what until when, and leads to the ticket once it is accepted', async () => {
  const page = aTicketPage({ url: 'https://tickets.example/tickets/order-1#key=new' })
  const acceptTransfer = vi.fn().mockResolvedValue(page)
  const { section } = await show({ note: 'Have fun' }, { acceptTransfer })
  expect(section.textContent).toContain('Kari Nordmann offers you a ticket')
  expect(screen.getByTestId('transfer-note').textContent).toBe('Have fun')
  await fireEvent.input(screen.getByTestId('holder-name'), { target: { value: 'Ola' } })
  await fireEvent.submit(screen.getByTestId('holder-form'))
  await vi.waitFor(() =>
    expect(goto).toHaveBeenCalledWith('/tickets/order-1#key=new', { state: { accepted: true } }),
  )
  expect(acceptTransfer).toHaveBeenCalledWith('order-1-1', 'secret', { name: 'Ola' })
})

it('asks before it declines, and says that it was declined', async () => {
  const declineTransfer = vi.fn().mockResolvedValue(aTransfer({ status: 'declined' }))
  const { section } = await show({}, { declineTransfer })
  HTMLDialogElement.prototype.showModal = vi.fn()
  await fireEvent.click(screen.getByTestId('decline'))
  expect(declineTransfer).not.toHaveBeenCalled()
  await fireEvent.click(screen.getByTestId('decline-confirm'))
  await vi.waitFor(() => expect(section.dataset.status).toBe('declined'))
  expect(screen.queryByTestId('holder-form')).toBeNull()
  await vi.waitFor(() => expect(document.activeElement?.id).toBe('status'))
})

it.each([
  ['accepted', {}, 'accepted'],
  ['cancelled', {}, 'cancelled'],
  ['open', { until: '2000-01-01T00:00:00Z' }, 'expired'],
] as const)('offers nothing any more when it is %s', async (status, more, shown) => {
  const { section } = await show({ status, ...more })
  expect(section.dataset.status).toBe(shown)
  expect(screen.queryByTestId('decline')).toBeNull()
})

it('looks again when the offer has ended meanwhile', async () => {
  const acceptTransfer = vi.fn().mockRejectedValue(new Problem(409, 'transfer_ended', 'Not open any more'))
  const { read, section } = await show({}, { acceptTransfer })
  read.mockResolvedValue(aTransfer({ status: 'cancelled' }))
  await fireEvent.submit(screen.getByTestId('holder-form'))
  await vi.waitFor(() => expect(section.dataset.status).toBe('cancelled'))
})

import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { Problem } from '$lib/api/problem'
import LostLinks from './LostLinks.svelte'

async function ask(findTickets: Api['findTickets']) {
  render(LostLinks, { api: { findTickets } as Api })
  await fireEvent.input(screen.getByTestId('lost-email'), { target: { value: ' kari@example.com ' } })
  await fireEvent.submit(screen.getByTestId('lost-links'))
}

it('says the same of every address', async () => {
  const findTickets = vi.fn().mockResolvedValue({ sent: true })
  await ask(findTickets)
  expect((await screen.findByTestId('links-sent')).textContent).toContain('If kari@example.com has orders')
  expect(findTickets).toHaveBeenCalledWith('kari@example.com')
})

it('shows what is wrong with an address at its field', async () => {
  const faults = [{ field: 'email', message: 'must be an e-mail address' }]
  await ask(vi.fn().mockRejectedValue(new Problem(422, 'invalid_request', 'Look again', faults)))
  expect(await screen.findByText('must be an e-mail address')).toBeTruthy()
  expect(screen.queryByTestId('links-sent')).toBeNull()
})

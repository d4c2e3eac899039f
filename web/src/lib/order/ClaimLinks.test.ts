import { fireEvent, render, screen } from '@testing-library/svelte'
import { expect, it, vi } from 'vitest'
import type { Api } from '$lib/api/client'
import { Problem } from '$lib/api/problem'
import { aTicket } from '$lib/fixtures'
import ClaimLinks from './ClaimLinks.svelte'

it('asks again for the same link after a lost answer, and for another one when it is to be another', async () => {
  const makeClaimLink = vi.fn<Api['makeClaimLink']>().mockRejectedValue(new Problem(0, 'offline', 'No'))
  const api = { claimLinks: vi.fn().mockResolvedValue({ items: [] }), makeClaimLink } as unknown as Api
  render(ClaimLinks, { api, orderId: 'o', orderKey: 'secret', left: [aTicket()] })
  const ask = async () => {
    await vi.waitFor(() => expect(screen.getByTestId('make-link').getAttribute('aria-disabled')).toBeNull())
    const asked = makeClaimLink.mock.calls.length
    await fireEvent.submit(screen.getByTestId('claim-link-form'))
    await vi.waitFor(() => expect(makeClaimLink.mock.calls.length).toBe(asked + 1))
    return makeClaimLink.mock.lastCall?.[2]
  }
  const first = await ask()
  expect(await ask()).toBe(first)
  await fireEvent.input(screen.getByTestId('claim-domains'), { target: { value: 'example.com' } })
  expect(await ask()).not.toBe(first)
})

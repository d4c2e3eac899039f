import { fireEvent, render, screen } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '$lib/api/problem'
import type { Role } from '../account'
import type { OfficeApi, Webhook } from './api'
import { aDelivery, anOffice, aWebhook, screenOfTests } from './fixtures'
import WebhookPage from './WebhookPage.svelte'
import WebhooksPage from './WebhooksPage.svelte'

beforeEach(screenOfTests)

const list = <T>(...items: T[]) => Promise.resolve({ items, cursor: null })

function show(overrides: Partial<OfficeApi>, webhook: Webhook = aWebhook(), role: Role = 'owner') {
  const account = { id: 'o1', title: 'Northern Lights', role }
  const props = { api: anOffice(overrides), account, webhook, events: [], back: '/back', onremoved: vi.fn() }
  render(WebhookPage, { props })
}

describe('a webhook', () => {
  it('shows what it has not taken first, what was in it, and sends that again', async () => {
    const deliveries = vi.fn<OfficeApi['deliveries']>(() => list(aDelivery()))
    const replay = vi.fn<OfficeApi['replay']>(() => Promise.resolve(aDelivery({ state: 'pending' })))
    const payload = { type: 'order.placed', data: { order: { code: 'AAAAA-BBBB' } } }
    const delivery = () =>
      Promise.resolve({ ...aDelivery(), payload } as unknown as Awaited<ReturnType<OfficeApi['delivery']>>)
    show({ deliveries, delivery, replay })
    const row = await screen.findByTestId('delivery-row')
    expect(deliveries.mock.calls[0]?.slice(0, 2)).toEqual(['w1', 'failed'])
    expect(row.textContent).toContain('Answered 500')
    await fireEvent.click(screen.getByTestId('open'))
    expect((await screen.findByTestId('delivery-payload')).textContent).toContain('AAAAA-BBBB')
    expect(screen.getByTestId('delivery-order').getAttribute('href')).toBe(
      '/work/organizer/o1/events/e1/orders?order=o1',
    )
    await fireEvent.click(screen.getByTestId('replay'))
    await vi.waitFor(() => expect(replay).toHaveBeenCalledWith('w1', 'd1'))
    await vi.waitFor(() => expect(screen.queryByTestId('delivery-panel')).toBeNull())
  })

  it('sends all again that failed, and says when there are more', async () => {
    const replaySince = vi.fn<OfficeApi['replaySince']>(() => Promise.resolve({ replayed: 500, more: true }))
    show({ replaySince }, aWebhook({ state: 'failing', failing_since: '2027-03-01T10:00:00Z' }))
    await screen.findByTestId('no-deliveries')
    await fireEvent.click(screen.getByTestId('replay-failed'))
    await fireEvent.click(screen.getByTestId('replay-go'))
    const outcome = await screen.findByTestId('replay-outcome')
    expect(replaySince).toHaveBeenCalledWith('w1', '2027-02-28T10:00:00.000Z')
    expect(outcome.querySelector('[data-count="500"]')).not.toBeNull()
    expect(outcome.textContent).toContain('There are more.')
  })

  it('goes on after it was stopped, and sends nothing again before', async () => {
    const changeWebhook = vi.fn<OfficeApi['changeWebhook']>(() => Promise.resolve(aWebhook()))
    show({ changeWebhook }, aWebhook({ state: 'disabled' }))
    await screen.findByTestId('webhook-disabled')
    expect(screen.queryByTestId('replay-failed')).toBeNull()
    await fireEvent.click(screen.getByTestId('revive-webhook'))
    await vi.waitFor(() => expect(changeWebhook).toHaveBeenCalledWith('w1', { active: true }))
    await screen.findByTestId('replay-failed')
  })

  it('gets another secret from an owner, who says how long the one before goes on', async () => {
    const secrets = [
      { id: 's1', created_at: '2027-03-01T10:00:00Z', ends_at: '2027-03-01T11:00:00Z' },
      { id: 's2', created_at: '2027-03-01T10:00:00Z', ends_at: null },
    ]
    const rollSecret = vi.fn<OfficeApi['rollSecret']>(() =>
      Promise.resolve({ ...aWebhook({ secrets }), secret: 'whsec_bmV3' }),
    )
    show({ rollSecret })
    await fireEvent.click(screen.getByTestId('roll-secret'))
    await fireEvent.change(screen.getByTestId('roll-hours'), { target: { value: '1' } })
    await fireEvent.click(screen.getByTestId('roll-go'))
    await screen.findByTestId('secret')
    expect(rollSecret).toHaveBeenCalledWith('w1', 1)
    expect(screen.getAllByTestId('webhook-secret').map((one) => one.dataset.ends)).toEqual([
      '2027-03-01T11:00:00Z',
      undefined,
    ])
  })

  it('keeps the making of secrets from a manager', async () => {
    show({}, aWebhook(), 'manager')
    await screen.findByTestId('webhook-secrets')
    expect(screen.queryByTestId('roll-secret')).toBeNull()
  })
})

describe('webhooks', () => {
  const show = (overrides: Partial<OfficeApi>) =>
    render(WebhooksPage, {
      props: { api: anOffice(overrides), events: [], hrefOf: (id) => `/work/${id}` },
    })

  it('are added as corrected, under a key of their own, with what is wrong beside its field', async () => {
    const refused = new Problem(422, 'invalid_input', 'Some entries are not right.', [
      { field: 'url', message: 'is not public' },
    ])
    const addWebhook = vi.fn<OfficeApi['addWebhook']>()
    addWebhook.mockRejectedValueOnce(refused)
    addWebhook.mockResolvedValueOnce({ ...aWebhook(), secret: 'whsec_c2VjcmV0' })
    show({ addWebhook })
    await screen.findByTestId('no-webhooks')
    await fireEvent.click(screen.getByTestId('add-webhook'))
    await fireEvent.input(screen.getByTestId('webhook-url'), { target: { value: 'https://localhost/' } })
    await fireEvent.click(screen.getByTestId('all-types'))
    await fireEvent.click(screen.getByTestId('type-order.settled'))
    await fireEvent.click(screen.getByTestId('type-order.placed'))
    await fireEvent.click(screen.getByTestId('webhook-save'))
    await screen.findByText('is not public')
    await fireEvent.input(screen.getByTestId('webhook-url'), { target: { value: 'https://crm.example/' } })
    await fireEvent.click(screen.getByTestId('webhook-save'))
    await screen.findByTestId('secret')
    const [first, second] = addWebhook.mock.calls
    expect(second?.[0]).not.toBe(first?.[0])
    expect(second?.[1]).toMatchObject({
      url: 'https://crm.example/',
      types: ['order.placed', 'order.settled'],
      event_ids: null,
    })
  })

  it('of a manager have no secret, and say who makes one', async () => {
    show({ addWebhook: () => Promise.resolve({ ...aWebhook(), secret: null }) })
    await screen.findByTestId('no-webhooks')
    await fireEvent.click(screen.getByTestId('add-webhook'))
    await fireEvent.input(screen.getByTestId('webhook-url'), { target: { value: 'https://crm.example/' } })
    await fireEvent.click(screen.getByTestId('webhook-save'))
    await screen.findByTestId('secret-later')
    expect(screen.queryByTestId('secret')).toBeNull()
  })
})

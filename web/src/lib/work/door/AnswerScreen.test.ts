import { render, screen } from '@testing-library/svelte'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Answer } from '$lib/door/answer'
import { admitted, emptyDisk, goodCode } from '$lib/door/fixtures'
import { ADVICE } from '$lib/door/advice'
import type { Reason } from '$lib/door/types'
import AnswerScreen from './AnswerScreen.svelte'
import { API, aServer } from './fixtures'
import { Station, type Told } from './station.svelte'

beforeEach(() => {
  emptyDisk()
  HTMLDialogElement.prototype.showModal = vi.fn()
})

function told(answer: Partial<Answer>): Told {
  const whole = { ...admitted, nonce: 'n', offline: false, newer: false, ...answer }
  return { id: 'one', shown: { credential: goodCode, direction: 'in' }, answer: whole, undoNonce: 'u' }
}

function shown(one: Told) {
  const station = new Station(API, undefined, aServer().fetcher)
  station.told = one
  const ongroup = vi.fn()
  render(AnswerScreen, { station, ongroup })
  return { station, ongroup, answer: screen.getByTestId('answer') }
}

describe('what fills the screen', () => {
  it('says yes with who it is, and makes room for the next one by itself', () => {
    vi.useFakeTimers()
    const { station, answer } = shown(
      told({ person: { name: 'Ada Lovelace', company: 'Engines' }, seat: 'A 1' }),
    )
    expect(answer.dataset['result']).toBe('admitted')
    expect(answer.textContent).toContain('Let in')
    expect(answer.textContent).toContain('Ada Lovelace')
    expect(answer.textContent).toContain('Pass · Seat A 1')
    vi.runAllTimers()
    expect(station.told).toBeUndefined()
    vi.useRealTimers()
  })

  it('stays when there is something to read', () => {
    vi.useFakeTimers()
    const { station } = shown(told({ notes: ['Speaks at ten'], attention: true }))
    expect(screen.getByTestId('answer-note').textContent).toBe('Speaks at ten')
    vi.runAllTimers()
    expect(station.told).toBeDefined()
    vi.useRealTimers()
  })

  it.each(Object.keys(ADVICE) as Reason[])('says why and what to do of %s, in words of its own', (reason) => {
    const { answer } = shown(told({ result: 'refused', reason, advice: ADVICE[reason] }))
    expect(answer.dataset['reason']).toBe(reason)
    expect(screen.getByTestId('answer-reason').textContent).not.toContain('door.')
    expect(screen.getByTestId('answer-advice').textContent).not.toContain('door.')
    expect(screen.queryByTestId('undo')).toBeNull()
  })

  it('tells when and where somebody went in before', () => {
    const earlier = { at: '2027-03-01T11:00:00.000Z', gate: 'North', device: 'Phone 2' }
    shown(told({ result: 'refused', reason: 'already_in', earlier }))
    expect(screen.getByTestId('answer-earlier').textContent).toMatch(/North.*Phone 2/)
  })

  it('lets a supervisor in against the rules, but not without a reason', async () => {
    const { station } = shown(told({ result: 'refused', reason: 'already_in', may_force: true }))
    const force = vi.spyOn(station, 'force').mockResolvedValue()
    screen.getByTestId('force').click()
    const field = await screen.findByTestId<HTMLInputElement>('force-reason')
    screen.getByTestId('force-go').click()
    await vi.waitFor(() => expect(field.getAttribute('aria-invalid')).toBe('true'))
    expect(force).not.toHaveBeenCalled()
    field.value = ' known to us '
    field.dispatchEvent(new Event('input', { bubbles: true }))
    screen.getByTestId('force-go').click()
    await vi.waitFor(() => expect(force).toHaveBeenCalledOnce())
    expect(force.mock.calls[0]?.[1]).toBe('known to us')
  })

  it('names the gate where a ticket goes in without a network', () => {
    shown(told({ result: 'ask', gate: 'South', offline: true }))
    expect(screen.getByTestId('answer-advice').textContent).toContain('South')
    expect(screen.queryByTestId('open-group')).toBeNull()
  })

  it('says what kept a scan from being checked', () => {
    const one = told({})
    const { answer } = shown({ ...one, answer: undefined })
    expect(answer.dataset['result']).toBe('error')
  })
})

import { fireEvent, render, screen } from '@testing-library/svelte'
import { describe, expect, it, vi } from 'vitest'
import Check from './Check.svelte'
import Choice from './Choice.svelte'
import MoneyField from './MoneyField.svelte'
import MomentField from './MomentField.svelte'
import TextArea from './TextArea.svelte'

const LABEL = { name: 'thing', label: 'Thing' }

/** Props that a field writes back to, as `bind:` has it. */
function bound<T extends object>(props: T): T {
  const held = $state(props)
  return held
}

describe('an amount', () => {
  function show(currency: string, value: number | null = null) {
    const props = bound({ ...LABEL, currency, value, wrong: false, testid: 'amount' })
    render(MoneyField, { props })
    return { props, input: screen.getByTestId<HTMLInputElement>('amount') }
  }

  it.each([
    ['EUR', '12.5', 1250],
    ['EUR', '12,50', 1250],
    ['JPY', '1250', 1250],
    ['BHD', '1.255', 1255],
    ['EUR', '٣٫٥٠', 350],
  ])('of %s is read from %s', async (currency, typed, amount) => {
    const { props, input } = show(currency)
    await fireEvent.input(input, { target: { value: typed } })
    expect(props.value).toBe(amount)
    expect(input.value).toBe(typed)
  })

  it.each([
    ['EUR', '12.505'],
    ['JPY', '12.5'],
    ['BHD', '1.2555'],
    ['EUR', 'a lot'],
    ['EUR', '-5'],
  ])('of %s is not %s, which stays as it is typed', async (currency, typed) => {
    const { props, input } = show(currency, 100)
    await fireEvent.input(input, { target: { value: typed } })
    await fireEvent.blur(input)
    expect([props.value, props.wrong, input.value]).toEqual([null, true, typed])
    expect(input.getAttribute('aria-invalid')).toBe('true')
  })

  it.each([
    ['EUR', 1250, '12.50'],
    ['JPY', 1250, '1250'],
    ['BHD', 1255, '1.255'],
  ])('of %s that is there is written out', (currency, amount, typed) => {
    expect(show(currency, amount).input.value).toBe(typed)
  })
})

describe('a moment', () => {
  function show(value: string | null = null) {
    const props = bound({ ...LABEL, timezone: 'Europe/Oslo', value, wrong: false, testid: 'at' })
    render(MomentField, { props })
    const part = (name: string) => screen.getByTestId<HTMLInputElement>(`at-${name}`)
    const enter = async (name: string, value: string) => {
      await fireEvent.input(part(name), { target: { value } })
      await fireEvent.change(part(name))
    }
    return { props, part, enter }
  }

  it('is shown and entered as clocks at the event show it', async () => {
    const { props, part, enter } = show('2027-06-03T07:30:00Z')
    expect([part('date').value, part('time').value]).toEqual(['2027-06-03', '09:30'])
    await enter('time', '10:00')
    expect(props.value).toBe('2027-06-03T08:00:00Z')
  })

  it('is none while half of it is missing', async () => {
    const { props, part, enter } = show()
    await enter('date', '2027-06-03')
    expect([props.value, props.wrong, part('date').value]).toEqual([null, true, '2027-06-03'])
    await enter('time', '09:30')
    expect([props.value, props.wrong]).toEqual(['2027-06-03T07:30:00Z', false])
  })

  it('is told to be none when clocks skip it', async () => {
    const { props, part, enter } = show('2027-03-28T00:30:00Z')
    await enter('time', '02:30')
    expect([props.value, props.wrong]).toEqual([null, true])
    expect(part('time').getAttribute('aria-invalid')).toBe('true')
    expect(screen.getByRole('alert').textContent).toContain('02:30')
  })

  it('is the first of two, and says so', async () => {
    const { props, enter } = show('2027-10-31T04:00:00Z')
    await enter('time', '02:30')
    expect(props.value).toBe('2027-10-31T00:30:00Z')
    expect(screen.getByText(/twice/)).toBeTruthy()
  })

  it('goes on being what its clocks show when these are set to another zone', async () => {
    const { props, part } = show('2027-06-03T07:30:00Z')
    props.timezone = 'America/New_York'
    await vi.waitFor(() => expect(props.value).toBe('2027-06-03T13:30:00Z'))
    expect(part('time').value).toBe('09:30')
    props.timezone = 'Europe/Oslo'
    props.value = '2027-06-03T07:00:00Z'
    await vi.waitFor(() => expect(part('time').value).toBe('09:00'))
    expect(props.value).toBe('2027-06-03T07:00:00Z')
  })

  it('is none where its text is empty', () => {
    expect(show('').part('date').value).toBe('')
  })
})

it('offers what may be chosen, and tells of a choice', async () => {
  const onchange = vi.fn()
  const options = [
    { code: 'a', name: 'First' },
    { code: 'b', name: 'Second' },
  ]
  render(Choice, { ...LABEL, value: 'a', options, onchange, fault: 'is not allowed' })
  const select = screen.getByLabelText('Thing')
  expect(screen.getAllByRole('option')).toHaveLength(2)
  expect(select.getAttribute('aria-invalid')).toBe('true')
  await fireEvent.change(select, { target: { value: 'b' } })
  expect(onchange).toHaveBeenCalledExactlyOnceWith('b')
})

it('asks for a choice where there is none yet', () => {
  render(Choice, { ...LABEL, value: '', options: [{ code: 'a', name: 'First' }] })
  expect(screen.getAllByRole('option').map(({ textContent }) => textContent)).toEqual(['Choose', 'First'])
})

it('ties what is wrong to the box it is about', async () => {
  const onchange = vi.fn()
  render(Check, { ...LABEL, checked: false, onchange, fault: 'has to be so' })
  const box = screen.getByLabelText('Thing')
  const said = document.getElementById(box.getAttribute('aria-describedby') ?? '')
  expect(said?.textContent).toContain('has to be so')
  await fireEvent.click(box)
  expect(onchange).toHaveBeenCalledExactlyOnceWith(true)
})

it('takes a text of several lines', async () => {
  const props = bound({ ...LABEL, value: '' })
  render(TextArea, { props })
  await fireEvent.input(screen.getByLabelText('Thing'), { target: { value: 'One\nTwo' } })
  expect(props.value).toBe('One\nTwo')
})

import { describe, expect, it } from 'vitest'
import { formatMoney, formatPrice, readMoney, typedMoney } from './money'

const write = (amount: number, currency: string) =>
  formatMoney({ amount, currency }, 'en-GB').replace(/\u00a0/g, ' ')

describe('money', () => {
  it.each([
    [1250, 'EUR', '€12.50'],
    [5, 'EUR', '€0.05'],
    [1250, 'JPY', 'JP¥1,250'],
    [1250, 'KRW', '₩1,250'],
    [1250, 'BHD', 'BHD 1.250'],
    [12345678, 'KWD', 'KWD 12,345.678'],
    [1250, 'HUF', 'HUF 12.50'],
    [99999999, 'USD', 'US$999,999.99'],
    [-500, 'EUR', '-€5.00'],
  ])('writes %i minor units of %s as %s', (amount, currency, expected) => {
    expect(write(amount, currency)).toBe(expected)
  })

  it('writes an amount beyond what a double holds in fractions exactly', () => {
    expect(write(900719925474099, 'EUR')).toBe('€9,007,199,254,740.99')
  })

  it('calls a zero price free', () => {
    expect(formatPrice({ amount: 0, currency: 'EUR' }, 'en-GB')).toBe('Free')
    expect(formatPrice({ amount: 100, currency: 'EUR' }, 'en-GB')).toBe('€1.00')
  })
})

describe('money that is typed', () => {
  it.each([
    ['12.5', 'EUR', 1250],
    [' 12,50 ', 'EUR', 1250],
    ['0', 'EUR', 0],
    ['1250', 'JPY', 1250],
    ['1.25', 'KWD', 1250],
    ['١٢٫٥', 'EUR', 1250],
  ])('reads %s %s', (text, currency, amount) => {
    expect(readMoney(text, currency)).toEqual({ amount, currency })
  })

  it.each([
    ['', 'EUR'],
    ['ten', 'EUR'],
    ['-5', 'EUR'],
    ['1.255', 'EUR'],
    ['1.5', 'JPY'],
    ['1e3', 'EUR'],
    ['12345678901', 'EUR'],
  ])('does not read %s %s', (text, currency) => {
    expect(readMoney(text, currency)).toBeUndefined()
  })

  it('is written as one types it', () => {
    expect(typedMoney({ amount: 6000, currency: 'EUR' })).toBe('60')
    expect(typedMoney({ amount: 6050, currency: 'EUR' })).toBe('60.50')
    expect(typedMoney({ amount: 1250, currency: 'JPY' })).toBe('1250')
  })
})

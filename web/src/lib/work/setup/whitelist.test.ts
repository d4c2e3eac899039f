import { describe, expect, it } from 'vitest'
import { nameOf, readWhitelist } from './whitelist'

describe('what is pasted as a whitelist', () => {
  it('is addresses and domains, one a line', () => {
    expect(readWhitelist('Ada@Example.com\n@polar.example\n\nfjord.example').users).toEqual([
      { email: 'Ada@Example.com' },
      { domain: 'polar.example' },
      { domain: 'fjord.example' },
    ])
  })

  it('may be rows of a spreadsheet, whose head is passed over', () => {
    const read = readWhitelist(
      '\uFEFFName;E-mail\r\n"Ada Lovelace";"ada@example.com"\r\nGrace;grace@example.com',
    )
    expect(read.users).toEqual([{ email: 'ada@example.com' }, { email: 'grace@example.com' }])
    expect(read.faults).toEqual([])
  })

  it('takes no web site, day or name beside an address for a domain', () => {
    const read = readWhitelist('ada@example.com,www.example.com,12.03.2027\n12.03.2027')
    expect(read.users).toEqual([{ email: 'ada@example.com' }])
    expect(read.faults).toEqual([{ row: 2, text: '12.03.2027' }])
  })

  it('names the rows that hold neither, also a first one that is no head', () => {
    const read = readWhitelist('somebody\nada@example.com\nada at example')
    expect(read.users).toEqual([{ email: 'ada@example.com' }])
    expect(read.faults).toEqual([
      { row: 1, text: 'somebody' },
      { row: 3, text: 'ada at example' },
    ])
  })

  it('counts each once, in any case of letters', () => {
    const read = readWhitelist('ada@example.com, ADA@example.com\n@a.example\nA.example')
    expect(read.users.map(nameOf)).toEqual(['ada@example.com', '@a.example'])
    expect(read.twice).toBe(2)
  })
})

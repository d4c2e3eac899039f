import { readFileSync } from 'node:fs'
import { render, screen } from '@testing-library/svelte'
import { expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import DrawnCode from './DrawnCode.svelte'

const SCALE = 4

it('draws what a phone reads', async () => {
  const text = 'https://tickets.example/work/door#pair=b3a1c2d4e5f60718.Zm9vYmFyYmF6cXV4LWFiY2RlZg'
  render(DrawnCode, { text, label: 'Pairing code' })
  const drawn = screen.getByRole('img', { name: 'Pairing code' })
  const side = Number(drawn.getAttribute('viewBox')?.split(' ')[2]) * SCALE
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  const squares =
    drawn
      .querySelector('path')
      ?.getAttribute('d')
      ?.matchAll(/M(\d+) (\d+)h/g) ?? []
  for (const [, x, y] of squares) {
    for (let place = 0; place < SCALE * SCALE; place++) {
      const row = Number(y) * SCALE + Math.floor(place / SCALE)
      data.fill(
        0,
        (row * side + Number(x) * SCALE + (place % SCALE)) * 4,
        (row * side + Number(x) * SCALE + (place % SCALE)) * 4 + 3,
      )
    }
  }
  const wasm = readFileSync('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm')
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } })
  const [found] = await readBarcodes({ data, width: side, height: side, colorSpace: 'srgb' } as ImageData)
  expect(found?.text).toBe(text)
})

/** ZXing as WebAssembly, from our own site. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import address from 'zxing-wasm/reader/zxing_reader.wasm?url'

prepareZXingModule({
  overrides: {
    locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? address : prefix + path),
  },
})

export async function readQr(image: ImageData): Promise<string | undefined> {
  const found = await readBarcodes(image, { formats: ['QRCode'], tryDenoise: false, maxNumberOfSymbols: 1 })
  return found.find((one) => one.isValid)?.text
}

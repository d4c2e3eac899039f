/** Reads QR codes from a picture: by the browser where it can, else by a library that is loaded only then. */

/** What the browsers that have it call their own reader. */
interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

/** Answers the text of a code that the video shows now, if there is one. */
export type ReadCode = (video: HTMLVideoElement) => Promise<string | undefined>

const FORMAT = 'qr_code'
/** The longer side of what is looked at, in pixels: a code that a guest holds up is read from it in a few milliseconds. */
const LONGEST_SIDE = 800

export async function codeReader(): Promise<ReadCode> {
  return (await browsersOwn()) ?? library()
}

async function browsersOwn(): Promise<ReadCode | undefined> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass }
  if (!BarcodeDetector) return undefined
  try {
    const formats = await BarcodeDetector.getSupportedFormats()
    if (!formats.includes(FORMAT)) return undefined
    const detector = new BarcodeDetector({ formats: [FORMAT] })
    return async (video) => (await detector.detect(video))[0]?.rawValue
  } catch {
    return undefined
  }
}

async function library(): Promise<ReadCode> {
  const { readQr } = await import('./zxing')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('this browser draws nothing')
  return (video) => {
    const { videoWidth, videoHeight } = video
    const scale = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight, 1))
    canvas.width = Math.max(1, Math.round(videoWidth * scale))
    canvas.height = Math.max(1, Math.round(videoHeight * scale))
    context.drawImage(video, 0, 0, canvas.width, canvas.height)
    return readQr(context.getImageData(0, 0, canvas.width, canvas.height))
  }
}

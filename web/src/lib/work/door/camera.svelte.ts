/** The device's camera: which there are, its light, and the codes that it sees. */
import { codeReader, type ReadCode } from './code-reader'

/** `refused`: by whoever holds the device, or by its settings. */
export type CameraState = 'off' | 'starting' | 'on' | 'refused' | 'missing' | 'failed'

/** The light is named by Chromium alone. */
type WithTorch<T> = T & { torch?: boolean }

/** Milliseconds between two looks. */
const PACE = 90

export class Camera {
  state = $state<CameraState>('off')
  cameras = $state.raw<{ id: string; label: string }[]>([])
  /** Of the camera that is on. */
  id = $state<string>()
  torch = $state<'none' | 'off' | 'on'>('none')

  #stream: MediaStream | undefined
  #run = 0

  constructor(private readonly reader: () => Promise<ReadCode> = codeReader) {}

  /** Shows what a camera sees in a video, and tells each code that it reads. */
  async start(
    video: HTMLVideoElement,
    cameraId: string | undefined,
    tell: (code: string) => void,
  ): Promise<void> {
    this.stop()
    const run = this.#run
    this.state = 'starting'
    let read: ReadCode
    try {
      if (!navigator.mediaDevices) throw new DOMException('no camera', 'NotFoundError')
      const [stream, reader] = await Promise.all([this.#take(run, cameraId), this.reader()])
      if (run !== this.#run) return
      read = reader
      video.srcObject = stream
      await video.play()
      await this.#look(stream)
    } catch (error) {
      if (run === this.#run) this.#fail(error)
      return
    }
    if (run !== this.#run) return
    this.state = 'on'
    while (run === this.#run) {
      const code = await read(video).catch(() => undefined)
      if (run !== this.#run) return
      if (code !== undefined) tell(code)
      await new Promise((resume) => setTimeout(resume, PACE))
    }
  }

  stop(): void {
    this.#run += 1
    if (this.#stream) stop(this.#stream)
    this.#stream = undefined
    this.torch = 'none'
    this.state = 'off'
  }

  async toggleTorch(): Promise<void> {
    const [track] = this.#stream?.getVideoTracks() ?? []
    if (!track || this.torch === 'none') return
    const lit = this.torch === 'off'
    const wish: WithTorch<MediaTrackConstraintSet> = { torch: lit }
    await track.applyConstraints({ advanced: [wish] })
    this.torch = lit ? 'on' : 'off'
  }

  /** Has a camera until it is stopped, or fails since the device takes it away. */
  async #take(run: number, cameraId: string | undefined): Promise<MediaStream> {
    const stream = await this.#open(cameraId)
    if (run !== this.#run) {
      stop(stream)
      return stream
    }
    this.#stream = stream
    const [track] = stream.getVideoTracks()
    track?.addEventListener('ended', () => run === this.#run && this.#fail(undefined))
    return stream
  }

  /** Opens the camera that was chosen, else the one on the back. */
  async #open(cameraId: string | undefined): Promise<MediaStream> {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } }
    const back = { ...size, facingMode: 'environment' }
    if (cameraId) {
      try {
        const video = { ...size, deviceId: { exact: cameraId } }
        return await navigator.mediaDevices.getUserMedia({ video, audio: false })
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== 'OverconstrainedError') throw error
      }
    }
    return navigator.mediaDevices.getUserMedia({ video: back, audio: false })
  }

  async #look(stream: MediaStream): Promise<void> {
    const [track] = stream.getVideoTracks()
    this.id = track?.getSettings().deviceId
    const can: WithTorch<MediaTrackCapabilities> = track?.getCapabilities?.() ?? {}
    this.torch = can.torch ? 'off' : 'none'
    const devices = await navigator.mediaDevices.enumerateDevices()
    this.cameras = devices
      .filter(({ kind }) => kind === 'videoinput')
      .map(({ deviceId, label }) => ({ id: deviceId, label }))
  }

  #fail(error: unknown): void {
    this.stop()
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError' || name === 'SecurityError') this.state = 'refused'
    else this.state = name === 'NotFoundError' ? 'missing' : 'failed'
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

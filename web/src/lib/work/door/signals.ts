/** What a device lets be heard and felt of an answer, so that nobody has to look. */
export type Signal = 'yes' | 'look' | 'no'

interface Tone {
  hertz: number
  seconds: number
}

/** Upwards for yes, twice the same to look, low and long for no. */
const TONES: Record<Signal, readonly Tone[]> = {
  yes: [
    { hertz: 880, seconds: 0.09 },
    { hertz: 1320, seconds: 0.14 },
  ],
  look: [
    { hertz: 660, seconds: 0.14 },
    { hertz: 660, seconds: 0.14 },
  ],
  no: [
    { hertz: 196, seconds: 0.22 },
    { hertz: 147, seconds: 0.4 },
  ],
}
const BUZZES: Record<Signal, number[]> = { yes: [60], look: [60, 80, 60], no: [220, 90, 220] }
const LOUDNESS = 0.4
const PAUSE = 0.04

export class Signals {
  #context: AudioContext | undefined

  /** Browsers let a page be heard once it was touched: to be called then. */
  wake(): void {
    if (typeof AudioContext === 'undefined') return
    this.#context ??= new AudioContext()
    void this.#context.resume().catch(() => undefined)
  }

  give(signal: Signal, muted: boolean): void {
    navigator.vibrate?.(BUZZES[signal])
    if (!muted) this.#play(TONES[signal])
  }

  #play(tones: readonly Tone[]): void {
    const context = this.#context
    if (context?.state !== 'running') return
    let at = context.currentTime
    for (const { hertz, seconds } of tones) {
      const [source, volume] = [context.createOscillator(), context.createGain()]
      source.type = hertz < 300 ? 'square' : 'sine'
      source.frequency.value = hertz
      volume.gain.setValueAtTime(LOUDNESS, at)
      volume.gain.exponentialRampToValueAtTime(0.001, at + seconds)
      source.connect(volume).connect(context.destination)
      source.start(at)
      source.stop(at + seconds)
      at += seconds + PAUSE
    }
  }
}

import type { Attachment } from 'svelte/attachments'

/** How far a finger goes to turn a leaf, in CSS pixels. */
const FAR = 64

/** Calls `turn` when a single finger has swept sideways: forward as the page is read, or back. */
export function swipes(turn: (forward: boolean) => void): Attachment<HTMLElement> {
  return (element) => {
    let from: Touch | undefined

    const start = ({ touches }: TouchEvent) => (from = touches.length === 1 ? touches[0] : undefined)
    const end = ({ changedTouches: [to] }: TouchEvent) => {
      if (!from || !to) return
      const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY]
      if (Math.abs(x) < FAR || Math.abs(y) > Math.abs(x) / 2) return
      turn(x > 0 === (getComputedStyle(element).direction === 'rtl'))
    }

    element.addEventListener('touchstart', start, { passive: true })
    element.addEventListener('touchend', end, { passive: true })
    return () => {
      element.removeEventListener('touchstart', start)
      element.removeEventListener('touchend', end)
    }
  }
}

/** Short messages about what was done, which go away by themselves. What went wrong stays until it is put away. */
export interface Toast {
  id: number
  text: string
  tone: 'good' | 'bad' | 'plain'
  action?: { label: string; run: () => void }
  testid?: string
}

const PATIENCE = 6_000
const MOST = 4

let toasts = $state.raw<readonly Toast[]>([])
let latest = 0

export function shownToasts(): readonly Toast[] {
  return toasts
}

export function toast(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  const one: Toast = { tone: 'good', ...options, id: ++latest, text }
  toasts = [...toasts, one].slice(-MOST)
  if (one.tone !== 'bad' && !one.action) setTimeout(() => dismiss(one.id), PATIENCE)
}

export function dismiss(id: number): void {
  toasts = toasts.filter((one) => one.id !== id)
}

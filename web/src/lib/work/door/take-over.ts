/** What the page tells the newer version that waits: whoever is at the door agrees to it. */
export const TAKE_OVER = 'take over'

"""The local cloud: the real template on MiniStack, the pages, a Stripe stand-in and a demo organizer."""

"""Money for orders: card, invoice, and what an unpaid hold ends with."""

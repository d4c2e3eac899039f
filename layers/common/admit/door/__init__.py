"""Check-in: devices and admission."""

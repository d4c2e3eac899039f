"""Tickets: made from settled orders, signed, drawn, and addressed."""

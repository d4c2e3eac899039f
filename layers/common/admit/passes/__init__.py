"""Passes of a ticket for calendars and wallets, and the devices that keep them."""

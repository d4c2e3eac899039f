"""Webhooks: what other systems are told of orders and tickets, signed, in order, and until they have it."""

"""A stand-in for the part of Stripe that Admit meets: Checkout, refunds, disputes, and events by webhook.

It keeps everything in memory and answers as API version 2026-10-28.endive does.
"""

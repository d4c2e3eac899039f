"""What can be ordered: events, their categories, tiers and prices."""

"""What is left: sharded counters that decide, and claims on them. Knows nothing of what is counted."""

"""What an organizer can do with an order, rehearsed before it is done, and done to many orders at once."""

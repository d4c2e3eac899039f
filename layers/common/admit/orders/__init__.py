"""Orders: the container of one batch of access, from the quote to its end."""

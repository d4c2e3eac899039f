"""Numbered seats: the plan of an event, who has which seat, and the search for the best ones."""

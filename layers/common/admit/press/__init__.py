"""The press: letters, and how pages are typeset with them."""

"""The portal of companies: the tickets they own."""

"""Who is who: organizers and members, companies and relays, and the persons of an event."""

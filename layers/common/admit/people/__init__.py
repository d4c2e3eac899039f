"""Who is who: organizers and members, companies and relays, holders, and the mails they get."""

"""Mails to the members of an organizer's account."""

from admit.mail.kinds import KINDS, TextKind, default_wording
from admit.mail.layout import Link
from admit.mail.letter import Values, greeting, rendered
from admit.mail.mails import Mail
from admit.mail.tongue import Tongue
from admit.people.account import Member, Organizer
from admit.tickets.links import Links


def member_mail(member: Member, organizer: Organizer, links: Links) -> Mail:
    """Write to somebody that he is a member of an account by now."""
    tongue = Tongue(member.language)
    wording = default_wording(TextKind.MEMBER_ADDED, tongue.language)
    values: Values = {
        "greeting": greeting(tongue, member.name or ""),
        "account": organizer.name,
        "giver": member.added_by or "",
        "link": Link(tongue.say("sign_in"), links.work_page()),
    }
    because = tongue.say(KINDS[TextKind.MEMBER_ADDED].because, account=organizer.name)
    return rendered(member.email, tongue, wording, values, title=organizer.name, because=because)

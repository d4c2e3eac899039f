"""The code on a pass: the credential of its revision, which the doors' key must verify."""

from admit.passes.content import Pass
from admit.tickets.credential import AnotherSigningKey, Credential, Signer


def pass_code(signer: Signer, made: Pass) -> str:
    """Return the text of the code on a pass. Raises AnotherSigningKey."""
    if signer.public_key != made.event.public_key:
        raise AnotherSigningKey
    return signer.sign(Credential(made.ticket.order_id, made.ticket.number, made.revision))

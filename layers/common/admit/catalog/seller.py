"""The account to which invoices are paid: its check digits are looked at before anybody pays to it."""

from stdnum import bic, iban

from admit.catalog.event import Seller
from admit.errors import Fault, Invalid


def require_account(seller: Seller | None) -> None:
    """Refuse an IBAN or BIC that can't be one. Raises Invalid."""
    if seller is None:
        return
    faults = []
    if seller.iban is not None and not iban.is_valid(seller.iban):
        faults.append(Fault("seller.iban", "is not an IBAN; check its digits"))
    if seller.bic is not None and not bic.is_valid(seller.bic):
        faults.append(Fault("seller.bic", "is not a BIC; look it up on a bank statement"))
    if faults:
        raise Invalid(faults=faults)

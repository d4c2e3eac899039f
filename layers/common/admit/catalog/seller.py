"""The bank account that invoices are paid to: its check digits, and who may name another."""

from stdnum import bic, iban

from admit.catalog.event import Seller
from admit.errors import Fault, Forbidden, Invalid
from admit.faults import FaultCode


def require_account(seller: Seller | None) -> None:
    """Refuse an IBAN or BIC that can't be one. Raises Invalid."""
    if seller is None:
        return
    faults = []
    if seller.iban is not None and not iban.is_valid(seller.iban):
        faults.append(Fault("seller.iban", "is not an IBAN; check its digits", FaultCode.NOT_AN_IBAN))
    if seller.bic is not None and not bic.is_valid(seller.bic):
        faults.append(
            Fault("seller.bic", "is not a BIC; look it up on a bank statement", FaultCode.NOT_A_BIC)
        )
    if faults:
        raise Invalid(faults=faults)


def require_same_account(seller: Seller | None, present: Seller | None) -> None:
    """Refuse to have invoices paid elsewhere, for callers who may not say so. Raises Forbidden."""
    if paid_to(seller) != paid_to(present):
        raise Forbidden("This changes the bank account that invoices are paid to, which is not for you.")


def paid_to(seller: Seller | None) -> tuple[str | None, str | None]:
    return (seller.iban, seller.bic) if seller else (None, None)

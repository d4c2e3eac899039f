"""Invoices and credit notes: numbered without gaps, never changed, and drawn from what was written down.

What is missing follows from the order alone: an invoice once it is due one, and a credit note as soon as less
is billed than was invoiced. A number is taken in the transaction that writes its document and notes it on its
order, so no number is without a document and no document without its number.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from admit import keys
from admit.address import Address
from admit.catalog.event import Event
from admit.clock import Instant
from admit.model import Entity
from admit.money import rounded
from admit.orders.billing import Missing, document_name, missing_document
from admit.orders.ledger import DocumentKind, DocumentRef
from admit.orders.order import Order, OrderLine, load_order
from admit.payments.invoice_pdf import Document, InvoiceLine, Party, draw, tax_lines
from admit.payments.reference import payment_reference
from admit.store import Contention, Key, Put, Table, TransactionRefused, Update

_ATTEMPTS = 30
_PREFIXES = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CN"}


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...


class IssuedDocument(Entity):
    """An invoice or credit note as it was written, word for word."""

    organizer_id: str
    event_id: str
    order_id: str
    number: str
    amount: int
    issued_at: Instant
    drawn: bool = False
    """Whether its PDF is in the bucket."""
    content: Document

    @property
    def key(self) -> Key:
        return keys.document(self.organizer_id, self.number)

    def put(self) -> Put:
        indexes = {"gsi1pk": keys.documents_of(self.organizer_id), "gsi1sk": self.number}
        return Put(self.key, {"kind": "document", **self.attributes(), **indexes})


def issue_documents(table: Table, event: Event, seller_name: str, order: Order, now: datetime) -> Order:
    """Write what documents an order is due; asked again, it writes nothing more. Raises Contention.

    `seller_name` stands on them where the event names no seller.
    """
    for _ in range(_ATTEMPTS):
        missing = missing_document(order)
        if missing is None:
            return order
        last = table.get(keys.document_number(order.organizer_id, missing.kind))
        count = 1 + (int(last["last"]) if last else 0)
        number = f"{_PREFIXES[missing.kind]}-{count:06d}"
        ref = DocumentRef(kind=missing.kind, number=number, amount=missing.amount, issued_at=now)
        issued = IssuedDocument(
            organizer_id=order.organizer_id,
            event_id=order.event_id,
            order_id=order.id,
            number=number,
            amount=missing.amount,
            issued_at=now,
            content=_content(event, seller_name, order, missing, number=number, now=now),
        )
        told = order.then("system", f"{_TOLD[missing.kind]} {number}", now, documents=[*order.documents, ref])
        # False when another document has taken this number meanwhile.
        next_in_row = "attribute_not_exists(pk)" if last is None else "#last = :before"
        counter = Update(
            keys.document_number(order.organizer_id, missing.kind),
            "SET #last = :count, kind = :kind",
            condition=next_in_row,
            values={"count": count, "kind": "document_number"} | ({"before": count - 1} if last else {}),
        )
        try:
            table.transact([told.over(order), counter, issued.put()])
        except TransactionRefused:
            order = load_order(table, order.id)
        else:
            order = told.model_copy(update={"revision": order.revision + 1})
    raise Contention


def draw_documents(table: Table, bucket: Bucket, order: Order) -> None:
    """Draw the documents of an order that have no PDF yet; the same document gives the same file."""
    wanted = [keys.document(order.organizer_id, one.number) for one in order.documents]
    for issued in (IssuedDocument.of(item) for item in table.get_many(wanted)):
        if issued.drawn:
            continue
        name = document_name(issued.organizer_id, issued.number)
        bucket.store(name, draw(issued.content), "application/pdf")
        table.write(
            Update(issued.key, "SET drawn = :yes", condition="attribute_exists(pk)", values={"yes": True})
        )


def _content(
    event: Event, seller_name: str, order: Order, missing: Missing, *, number: str, now: datetime
) -> Document:
    zone = ZoneInfo(event.timezone)
    invoice = missing.kind is DocumentKind.INVOICE
    lines = (
        [_line(line) for line in order.lines] if missing.amount == order.total else _shares(order, missing)
    )
    paid = max(0, min(order.paid, missing.amount)) if invoice else 0
    seller = event.seller
    return Document(
        kind=missing.kind,
        number=number,
        issued_at=now.astimezone(zone).date(),
        supplied=_days(event, zone),
        due_on=order.due_at.astimezone(zone).date() if invoice and order.due_at else None,
        seller=Party(
            name=seller.name if seller else seller_name,
            lines=seller.address.splitlines() if seller else [],
            vat_id=seller.vat_id if seller else None,
        ),
        buyer=_buyer(order),
        currency=order.currency,
        lines=lines,
        subtotal=sum(line.unit * line.quantity for line in lines),
        discount=sum(line.discount for line in lines),
        tax=sum(line.tax for line in lines),
        total=missing.amount,
        tax_lines=tax_lines(lines),
        tax_included=event.tax_included,
        paid=paid,
        payable=missing.amount - paid if invoice else 0,
        reference=payment_reference(number) if invoice else "",
        iban=seller.iban if seller else None,
        bic=seller.bic if seller else None,
        account_holder=seller.name if seller else None,
        corrects=None if invoice else order.invoice_number,
        language=order.buyer.language or "en",
        event_title=event.title,
        order_code=order.code,
    )


def _line(line: OrderLine) -> InvoiceLine:
    return InvoiceLine(
        text=" · ".join(filter(None, (line.tier_title, line.label))),
        quantity=line.quantity,
        unit=line.unit,
        discount=line.discount,
        tax_rate=line.tax_rate,
        tax=line.tax,
        total=line.total,
    )


def _shares(order: Order, missing: Missing) -> list[InvoiceLine]:
    """Spread an amount over the tax rates of an order as its price is; the odd units stand on the last."""
    taxed = [one for one in tax_lines([_line(line) for line in order.lines]) if one.gross]
    rest = missing.amount
    lines = []
    for at, one in enumerate(taxed, start=1):
        share = missing.amount * one.gross // order.total if at < len(taxed) else rest
        rest -= share
        tax = rounded(Decimal(share) * one.tax / one.gross)
        lines.append(
            InvoiceLine(
                text=order.invoice_number or order.code,
                quantity=1,
                unit=share,
                tax_rate=one.rate,
                tax=tax,
                total=share,
            )
        )
    return lines


def _buyer(order: Order) -> Party:
    billing, address = order.billing, order.buyer.address
    name = billing.company if billing else order.buyer.name
    return Party(
        name=name,
        lines=[*([order.buyer.name] if billing else []), *(_address(address) if address else [])],
        vat_id=billing.vat_id if billing else None,
        email=order.buyer.email,
        reference=billing.reference if billing else None,
    )


def _address(address: Address) -> Sequence[str]:
    return [address.street, f"{address.postal_code} {address.city}", address.country]


def _days(event: Event, zone: ZoneInfo) -> str:
    first, last = event.starts_at.astimezone(zone).date(), event.ends_at.astimezone(zone).date()
    return first.isoformat() if first == last else f"{first.isoformat()} / {last.isoformat()}"


_TOLD = {DocumentKind.INVOICE: "invoice", DocumentKind.CREDIT_NOTE: "credit note"}

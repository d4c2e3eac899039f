"""The words of an invoice in each language that it is written in."""

from typing import NamedTuple


class Words(NamedTuple):
    """Braces hold what is put in: an amount, a date, a number."""

    locale: str
    """Of dates and numbers, as CLDR names it."""
    invoice: str
    credit_note: str
    date: str
    supplied: str
    due: str
    order: str
    your_reference: str
    corrects: str
    tax_id: str
    text: str
    quantity: str
    unit: str
    discount: str
    rate: str
    amount: str
    with_tax: str
    without_tax: str
    subtotal: str
    tax: str
    total: str
    tax_within: str
    paid: str
    payable: str
    net: str
    gross: str
    is_paid: str
    transfer: str
    transfer_by: str
    holder: str
    reference: str
    scan: str
    page: str


_EN = Words(
    locale="en_GB",
    invoice="Invoice",
    credit_note="Credit note",
    date="Date",
    supplied="Date of supply",
    due="Due",
    order="Order",
    your_reference="Your reference",
    corrects="Corrects invoice",
    tax_id="VAT ID",
    text="Description",
    quantity="Quantity",
    unit="Unit price",
    discount="Discount",
    rate="VAT",
    amount="Amount",
    with_tax="Prices include VAT.",
    without_tax="Prices are without VAT.",
    subtotal="Subtotal",
    tax="VAT",
    total="Total",
    tax_within="VAT included",
    paid="Paid",
    payable="Amount due",
    net="Net",
    gross="Gross",
    is_paid="This invoice has been paid. Nothing is due.",
    transfer="Please transfer {amount} and give the reference.",
    transfer_by="Please transfer {amount} by {date} and give the reference.",
    holder="Account holder",
    reference="Reference",
    scan="Scan to pay with your banking app",
    page="Page {page} of {pages}",
)

_DE = Words(
    locale="de",
    invoice="Rechnung",
    credit_note="Rechnungskorrektur",
    date="Datum",
    supplied="Leistungsdatum",
    due="Fällig am",
    order="Bestellung",
    your_reference="Ihr Zeichen",
    corrects="Zur Rechnung",
    tax_id="USt-IdNr.",
    text="Beschreibung",
    quantity="Menge",
    unit="Einzelpreis",
    discount="Rabatt",
    rate="USt.",
    amount="Betrag",
    with_tax="Die Preise enthalten die Umsatzsteuer.",
    without_tax="Preise ohne Umsatzsteuer.",
    subtotal="Zwischensumme",
    tax="Umsatzsteuer",
    total="Gesamtbetrag",
    tax_within="enthaltene Umsatzsteuer",
    paid="Bezahlt",
    payable="Zu zahlen",
    net="Netto",
    gross="Brutto",
    is_paid="Diese Rechnung ist bezahlt. Es ist nichts mehr zu zahlen.",
    transfer="Bitte überweisen Sie {amount} unter Angabe der Referenz.",
    transfer_by="Bitte überweisen Sie {amount} bis zum {date} unter Angabe der Referenz.",
    holder="Kontoinhaber",
    reference="Referenz",
    scan="Mit der Banking-App scannen und bezahlen",
    page="Seite {page} von {pages}",
)

_FR = Words(
    locale="fr",
    invoice="Facture",
    credit_note="Avoir",
    date="Date",
    supplied="Date de la prestation",
    due="Échéance",
    order="Commande",
    your_reference="Votre référence",
    corrects="Rectifie la facture",
    tax_id="N° de TVA",
    text="Désignation",
    quantity="Quantité",
    unit="Prix unitaire",
    discount="Remise",
    rate="TVA",
    amount="Montant",
    with_tax="Les prix comprennent la TVA.",
    without_tax="Les prix s’entendent hors TVA.",
    subtotal="Sous-total",
    tax="TVA",
    total="Total",
    tax_within="dont TVA",
    paid="Déjà réglé",
    payable="Reste à payer",
    net="HT",
    gross="TTC",
    is_paid="Cette facture est réglée. Rien ne reste à payer.",
    transfer="Merci de virer {amount} en indiquant la référence.",
    transfer_by="Merci de virer {amount} avant le {date} en indiquant la référence.",
    holder="Titulaire du compte",
    reference="Référence",
    scan="À scanner avec votre application bancaire",
    page="Page {page} sur {pages}",
)

_NB = Words(
    locale="nb",
    invoice="Faktura",
    credit_note="Kreditnota",
    date="Dato",
    supplied="Leveringsdato",
    due="Forfall",
    order="Bestilling",
    your_reference="Deres referanse",
    corrects="Gjelder faktura",
    tax_id="MVA-nr.",
    text="Beskrivelse",
    quantity="Antall",
    unit="Enhetspris",
    discount="Rabatt",
    rate="MVA",
    amount="Beløp",
    with_tax="Prisene er inkludert MVA.",
    without_tax="Prisene er uten MVA.",
    subtotal="Delsum",
    tax="MVA",
    total="Totalt",
    tax_within="herav MVA",
    paid="Betalt",
    payable="Å betale",
    net="Netto",
    gross="Brutto",
    is_paid="Denne fakturaen er betalt. Det er ingenting å betale.",
    transfer="Vennligst overfør {amount} og oppgi referansen.",
    transfer_by="Vennligst overfør {amount} innen {date} og oppgi referansen.",
    holder="Kontohaver",
    reference="Referanse",
    scan="Skann med bankappen for å betale",
    page="Side {page} av {pages}",
)

_LANGUAGES = {"en": _EN, "de": _DE, "fr": _FR, "nb": _NB, "nn": _NB, "no": _NB}


def words_of(language: str) -> Words:
    """Return the words of a language tag such as de or de-AT; English for others.

    Invoices are set from left to right, so that they have no words in Arabic.
    """
    return _LANGUAGES.get(language.partition("-")[0].casefold(), _EN)

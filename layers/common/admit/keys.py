"""Every key of the table and its indexes, named by what it finds.

`nn` below is a shard number: what every order of an event writes is spread over the event's shards.
"""

from datetime import date, datetime

from admit.clock import stamp
from admit.ids import digest, email_hash, shard_of
from admit.store import Item, Key

DUE_SHARDS = 16
PUBLISHED_EVENTS = "PUBLISHED"
"""gsi3: the events that are or were on sale, by end."""


def of_item(item: Item) -> Key:
    """The key of an item that was read."""
    return Key(item["pk"], item["sk"])


# --- accounts ---------------------------------------------------------------------------------------------


def organizer(organizer_id: str) -> Key:
    return Key(f"ORGANIZER#{organizer_id}", "ORGANIZER")


def member(organizer_id: str, email: str) -> Key:
    return Key(f"ORGANIZER#{organizer_id}", f"MEMBER#{email_hash(email)}")


def members(organizer_id: str) -> Key:
    """How the keys of the members of an account begin."""
    return Key(f"ORGANIZER#{organizer_id}", "MEMBER#")


def organizers_of(email: str) -> str:
    """gsi1: the accounts that a person is a member of."""
    return f"MEMBER#{email_hash(email)}"


def api_key(key_id: str) -> Key:
    """A key by which machines act for an account."""
    return Key(f"APIKEY#{key_id}", "KEY")


def api_keys_of(organizer_id: str) -> str:
    """gsi1: the API keys of an account, by time."""
    return f"ORGANIZER#{organizer_id}#APIKEYS"


def saved_view(organizer_id: str, view_id: str) -> Key:
    return Key(saved_views(organizer_id), f"VIEW#{view_id}")


def saved_views(organizer_id: str) -> str:
    """The partition of the filters of orders that members of an account have saved."""
    return f"VIEWS#{organizer_id}"


def account_log(organizer_id: str) -> str:
    """The partition of what was changed in an account and its events, by time."""
    return f"LOG#{organizer_id}"


def account_log_entry(organizer_id: str, at: datetime, reference: str) -> Key:
    return Key(account_log(organizer_id), by_time(at, reference))


def log_of_event(event_id: str) -> str:
    """gsi1: what was changed in the set-up of an event, by time."""
    return f"EVENT#{event_id}#LOG"


def company(company_id: str) -> Key:
    return Key(f"COMPANY#{company_id}", "COMPANY")


def companies_of(organizer_id: str) -> str:
    """gsi1: the companies of an organizer, by name."""
    return f"ORGANIZER#{organizer_id}#COMPANIES"


def archived_companies_of(organizer_id: str) -> str:
    """gsi1: the companies that an organizer has put away, by name."""
    return f"ORGANIZER#{organizer_id}#ARCHIVED"


def relays(company_id: str) -> Key:
    """How the keys of the relays of a company begin."""
    return Key(f"COMPANY#{company_id}", "RELAY#")


def relay(company_id: str, email: str) -> Key:
    return Key(f"COMPANY#{company_id}", f"RELAY#{email_hash(email)}")


def relays_of(email: str) -> str:
    """gsi1: the companies that a person acts for."""
    return f"RELAY#{email_hash(email)}"


# --- the portal of companies ------------------------------------------------------------------------------


def contact(company_id: str, contact_id: str) -> Key:
    """An entry of a company's address book."""
    return Key(f"COMPANY#{company_id}", f"CONTACT#{contact_id}")


def contact_address(company_id: str, email: str) -> Key:
    """Which contact of a company has an address: at most one."""
    return Key(f"COMPANY#{company_id}", f"ADDRESS#{email_hash(email)}")


def contacts(company_id: str) -> Key:
    """How the keys of the contacts of a company begin."""
    return Key(f"COMPANY#{company_id}", "CONTACT#")


def contacts_of(company_id: str) -> str:
    """gsi1: the contacts of a company, by last name."""
    return f"COMPANY#{company_id}#CONTACTS"


def address_book(company_id: str) -> Key:
    """About how many contacts a company has."""
    return Key(f"COMPANY#{company_id}", "BOOK")


def contact_words(company_id: str) -> str:
    """The partition of the words by which the contacts of a company are found."""
    return f"CONTACTS#{company_id}"


def contact_word(company_id: str, word: str, contact_id: str) -> Key:
    return Key(contact_words(company_id), f"{word}#{contact_id}")


def cart(company_id: str, relay: str) -> Key:
    """That a relay has a cart, by his address. All carts of a company are found with it."""
    return Key(f"COMPANY#{company_id}", f"CART#{email_hash(relay)}")


def carts(company_id: str) -> Key:
    """How the keys of the carts of a company begin."""
    return Key(f"COMPANY#{company_id}", "CART#")


def cart_lines(company_id: str, relay: str) -> str:
    """The partition of what stands in a relay's cart, by guest."""
    return f"CART#{company_id}#{email_hash(relay)}"


def cart_line(company_id: str, relay: str, contact_id: str) -> Key:
    return Key(cart_lines(company_id, relay), f"GUEST#{contact_id}")


def portal_log(company_id: str) -> str:
    """The partition of what the relays of a company have done with its tickets, by time."""
    return f"PORTALLOG#{company_id}"


def portal_log_row(company_id: str, at: datetime, reference: str) -> Key:
    return Key(portal_log(company_id), by_time(at, reference))


def received(company_id: str, email: str) -> str:
    """gsi1: what an address got from a company, and lost to it, by time."""
    return f"RECEIVED#{company_id}#{email_hash(email)}"


# --- catalog ----------------------------------------------------------------------------------------------


def event(event_id: str) -> Key:
    return Key(f"EVENT#{event_id}", "EVENT")


def slug(slug: str) -> Key:
    return Key(f"SLUG#{slug}", "SLUG")


def events_of(organizer_id: str) -> str:
    """gsi1: the events of an organizer, by start."""
    return f"ORGANIZER#{organizer_id}#EVENTS"


def category(event_id: str, category_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"CATEGORY#{category_id}")


def tier(event_id: str, tier_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"TIER#{tier_id}")


def discount(event_id: str, discount_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"DISCOUNT#{discount_id}")


def quota(event_id: str, quota_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"QUOTA#{quota_id}")


def allotment(event_id: str, allotment_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"ALLOTMENT#{allotment_id}")


def allotments_of(company_id: str) -> str:
    """gsi1: what is set apart for a company, at all events, by id."""
    return f"COMPANY#{company_id}#ALLOTMENTS"


def question(event_id: str, question_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"QUESTION#{question_id}")


def organization(event_id: str, company_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"ORGANIZATION#{company_id}")


def orders_of_organization(event_id: str, company_id: str) -> str:
    """The partition of a company's orders at an event, by time."""
    return f"ORGANIZATION#{event_id}#{company_id}"


def order_of_organization(event_id: str, company_id: str, at: datetime, order_id: str) -> Key:
    return Key(orders_of_organization(event_id, company_id), f"ORDER#{by_time(at, order_id)}")


def whitelist(tier_id: str) -> str:
    """The partition of a tier's whitelist."""
    return f"WHITELIST#{tier_id}"


def whitelisted_email(tier_id: str, email: str) -> Key:
    return Key(whitelist(tier_id), f"EMAIL#{email_hash(email)}")


def whitelisted_domain(tier_id: str, domain: str) -> Key:
    return Key(whitelist(tier_id), f"DOMAIN#{domain}")


def mail_text(event_id: str, kind: str, language: str) -> Key:
    """An event's own text of a kind of mail in one language."""
    return Key(f"EVENT#{event_id}", f"MAILTEXT#{kind}#{language}")


def badge_template(event_id: str, name: str) -> Key:
    """Apart from the event's own items: each is as large as all of those."""
    return Key(badge_templates(event_id), f"TEMPLATE#{name}")


def badge_templates(event_id: str) -> str:
    """The partition of the badge templates of an event."""
    return f"BADGES#{event_id}"


def check_in_list(event_id: str, list_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"LIST#{list_id}")


def zone(event_id: str, zone_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"ZONE#{zone_id}")


def gate(event_id: str, gate_id: str) -> Key:
    return Key(f"EVENT#{event_id}", f"GATE#{gate_id}")


def seating(event_id: str) -> Key:
    return Key(f"EVENT#{event_id}", "SEATING")


# --- seats ------------------------------------------------------------------------------------------------


def plan(event_id: str, version: int) -> str:
    """The partition of one version of the seating plan of an event, by section."""
    return f"PLAN#{event_id}#{version}"


def plan_section(event_id: str, version: int, section: str) -> Key:
    return Key(plan(event_id, version), f"SECTION#{section}")


def plan_sections(event_id: str, version: int) -> Key:
    """How the keys of the sections of a version begin."""
    return Key(plan(event_id, version), "SECTION#")


def plan_head(event_id: str, version: int) -> Key:
    """That a version is somebody's to write: no two changes of a plan write the same one."""
    return Key(plan(event_id, version), "PLAN")


def seat_rows(event_id: str, section: str) -> str:
    """The partition of the rows of one section: who has which seat."""
    return f"SEATS#{event_id}#{section}"


def seat_row(event_id: str, section: str, row: str) -> Key:
    return Key(seat_rows(event_id, section), f"ROW#{row}")


# --- stock ------------------------------------------------------------------------------------------------


def stock(stock_id: str, nn: int) -> Key:
    return Key(f"STOCK#{stock_id}#{nn:02d}", "SHARD")


def guest_limit(scope: str, guest: str) -> Key:
    """A partition of its own for each guest: all of one scope together would be as hot as its sale."""
    return Key(f"LIMIT#{scope}#{email_hash(guest)}", "GUEST")


# --- the waiting list -------------------------------------------------------------------------------------


def waiting_list(event_id: str) -> Key:
    return Key(f"WAITING#{event_id}", "LIST")


def waiting_entry(event_id: str, entry_id: str) -> Key:
    return Key(f"WAITING#{event_id}", f"ENTRY#{entry_id}")


def waiting_of(event_id: str) -> str:
    """gsi1: who waits for an event, first come first."""
    return f"EVENT#{event_id}#WAITING"


def waited_of(event_id: str) -> str:
    """gsi1: whose waiting for an event has ended, by when they joined."""
    return f"EVENT#{event_id}#WAITED"


# --- invoices and bank statements -------------------------------------------------------------------------


def document(organizer_id: str, number: str) -> Key:
    """An invoice or credit note, by its number."""
    return Key(f"DOCUMENT#{organizer_id}#{number}", "DOCUMENT")


def documents_of(organizer_id: str) -> str:
    """gsi1: the invoices and credit notes of an organizer, by number."""
    return f"ORGANIZER#{organizer_id}#DOCUMENTS"


def document_number(organizer_id: str, kind: str) -> Key:
    """The last number that a kind of document has."""
    return Key(f"ORGANIZER#{organizer_id}", f"NUMBER#{kind}")


def bank_line(organizer_id: str, line_id: str) -> Key:
    return Key(f"BANK#{organizer_id}#{line_id}", "LINE")


def bank_lines(organizer_id: str, state: str) -> str:
    """gsi1: the lines of an organizer's bank statements in one state, by day."""
    return f"ORGANIZER#{organizer_id}#BANK#{state}"


# --- orders and their tickets -----------------------------------------------------------------------------


def order(order_id: str) -> Key:
    return Key(f"ORDER#{order_id}", "ORDER")


def ticket(order_id: str, number: int) -> Key:
    return Key(f"ORDER#{order_id}", f"TICKET#{number:05d}")


def mail(order_id: str, kind: str, reference: str) -> Key:
    return Key(f"ORDER#{order_id}", f"MAIL#{kind}#{reference}")


def event_mail(event_id: str, kind: str, to: str, reference: str) -> Key:
    """A mail about an event to one receiver, apart from the event's own items."""
    return Key(f"MAIL#{event_id}#{to}", f"{kind}#{reference}")


def own_mail(kind: str, to: str, reference: str) -> Key:
    """A mail to an address about all that it has."""
    return Key(f"MAIL#{email_hash(to)}", f"{kind}#{reference}")


def mail_state(email: str) -> Key:
    """Whether mail reaches an address."""
    return Key(f"MAILSTATE#{email_hash(email)}", "STATE")


def orders_of(event_id: str, nn: int) -> str:
    """gsi1: one shard of the orders of an event, by time."""
    return f"EVENT#{event_id}#ORDERS#{nn:02d}"


def orders_in_state(event_id: str, nn: int, status: str, method: str) -> str:
    """gsi2: one shard of the orders of an event in one state and by one method, by time."""
    return f"EVENT#{event_id}#{nn:02d}#{status}#{method}"


def due(nn: int) -> str:
    """gsi3: one shard of what has a deadline that runs (orders, offers, waiting lists), by deadline."""
    return f"DUE#{nn:02d}"


def due_of(identifier: str) -> str:
    return due(shard_of(identifier, DUE_SHARDS))


def tickets_of_event(event_id: str, nn: int) -> str:
    """gsi1: one shard of the tickets of an event, by id."""
    return f"EVENT#{event_id}#TICKETS#{nn:02d}"


def history(order_id: str, number: int, revision: int) -> Key:
    """How a ticket changed hands by its revision."""
    return Key(f"ORDER#{order_id}", f"{history_of(number)}{revision:05d}")


def history_of(number: int) -> str:
    """How the sort keys of a ticket's changes of hands begin."""
    return f"HISTORY#{number:05d}#"


def transfer(order_id: str, number: int, sequence: int) -> Key:
    """An offer of a ticket to somebody."""
    return Key(f"ORDER#{order_id}", f"{transfers_of(number)}{sequence:05d}")


def transfers_of(number: int) -> str:
    """How the sort keys of the offers of a ticket begin."""
    return f"TRANSFER#{number:05d}#"


def transfers_to(email: str) -> str:
    """gsi1: the open offers of tickets to an address, by their ends."""
    return f"OFFERED#{email_hash(email)}"


def tickets_with(email: str) -> str:
    """gsi4: the tickets that an address holds, or owns while nobody holds them, by end of the event.

    Half of the digest tells addresses apart, and leaves a ticket that is written at a door within 1 KB.
    """
    return f"HOLDER#{email_hash(email)[:32]}"


def orders_by(email: str) -> str:
    """gsi4: the orders of a buyer, by end of the event."""
    return f"BUYER#{email_hash(email)}"


PASS_ON_DEVICE = "DEVICE#"
"""How the sort keys of the devices begin that have a pass."""


def pass_version(serial: str) -> Key:
    """Since when the pass of a ticket says what it says."""
    return Key(f"PASS#{serial}", "VERSION")


def pass_on_device(serial: str, device_id: str) -> Key:
    """That a device has the pass of a ticket in its wallet."""
    return Key(f"PASS#{serial}", f"{PASS_ON_DEVICE}{digest('wallet', device_id)}")


def passes_on(device_id: str) -> str:
    """gsi1: the passes that a device has, by serial."""
    return f"WALLET#{digest('wallet', device_id)}"


def tickets_owned_by(company_id: str) -> str:
    """gsi3: the tickets of a company, by event."""
    return f"OWNER#{company_id}"


def by_event(event_id: str, ticket_id: str = "") -> str:
    """A sort key that keeps the tickets of an event together; without a ticket, how theirs begin."""
    return f"{event_id}#{ticket_id}"


def portal_counts(company_id: str, event_id: str) -> Key:
    """How many tickets of a company at an event are in which state."""
    return Key(portal_counts_of(company_id), f"EVENT#{event_id}")


def portal_counts_of(company_id: str) -> str:
    """The partition of the counts of a company's tickets, by event."""
    return f"PORTAL#{company_id}"


def claim_link(link_id: str) -> Key:
    """A link by which people take nameless tickets themselves."""
    return Key(f"CLAIM#{link_id}", "CLAIM")


def claimed_by(link_id: str, email: str) -> Key:
    """The mark that an address has taken a ticket by a link."""
    return Key(f"CLAIM#{link_id}", f"GUEST#{email_hash(email)}")


def claim_links_of(order_or_company_id: str) -> str:
    """gsi1: the claim links of an order or a company, by time."""
    return f"CLAIMS#{order_or_company_id}"


# --- persons ----------------------------------------------------------------------------------------------


def person(person_id: str) -> Key:
    return Key(f"PERSON#{person_id}", "PERSON")


def persons_of(event_id: str, nn: int) -> str:
    """gsi1: one shard of the persons of an event, by name."""
    return f"EVENT#{event_id}#PERSONS#{nn:02d}"


def tickets_owned_by_person(email: str) -> str:
    """gsi3: the tickets that somebody owns since he accepted them, whoever holds them."""
    return f"OWNED#{email_hash(email)}"


def by_time(at: datetime, identifier: str) -> str:
    """A sort key that orders by time and is unique."""
    return f"{stamp(at)}#{identifier}"


# --- door and insight -------------------------------------------------------------------------------------


def device(device_id: str) -> Key:
    return Key(f"DEVICE#{device_id}", "DEVICE")


def devices_of(event_id: str) -> str:
    """gsi1: the devices of an event, by name."""
    return f"EVENT#{event_id}#DEVICES"


def inside(event_id: str, place_id: str) -> Key:
    """How many are inside a zone, or came in by a gate and are inside, that has a capacity."""
    return Key(f"INSIDE#{event_id}#{place_id}", "COUNT")


def scan(order_id: str, number: int, scan_id: str) -> Key:
    """One attempt to use a ticket, as the log has it: apart from its order, which is read as a whole."""
    return Key(f"SCANS#{order_id}#{number:05d}", f"SCAN#{scan_id}")


def stray_scan(event_id: str, scan_id: str) -> Key:
    """One attempt to use what is no ticket of the event."""
    return Key(f"STRAY#{event_id}#{scan_id}", "SCAN")


def scans_of(event_id: str, nn: int) -> str:
    """gsi1: one shard of the attempts to use tickets of an event, by time."""
    return f"EVENT#{event_id}#SCANS#{nn:02d}"


def scans_with(event_id: str, outcome: str, nn: int) -> str:
    """gsi2: one shard of the attempts that were refused, are in conflict or were undone, by time."""
    return f"EVENT#{event_id}#SCANS#{outcome}#{nn:02d}"


def door_counts(event_id: str) -> Key:
    """What has happened at the doors of an event, in numbers."""
    return Key(door(event_id), "COUNTS")


def door(event_id: str) -> str:
    """The partition of what the dashboard of the doors shows: counts, minutes, devices."""
    return f"DOOR#{event_id}"


DOOR_MINUTE = "MINUTE#"
"""How the sort keys of the minutes of doors begin."""


def door_minute(event_id: str, at: datetime) -> Key:
    """How many came in and went out within one minute."""
    return Key(door(event_id), f"{DOOR_MINUTE}{stamp(at)[:16]}")


def door_device(event_id: str, device_id: str) -> Key:
    """When a device was last heard of, and how it is."""
    return Key(door(event_id), f"DEVICE#{device_id}")


def roster(event_id: str) -> Key:
    """Which files the offline roster of an event has."""
    return Key(f"ROSTER#{event_id}", "ROSTER")


ROSTER_CHANGE = "CHANGE#"
"""How the sort keys of the changes begin that a roster has not told."""


def roster_change(event_id: str, at: datetime, reference: str) -> Key:
    """Tickets that have changed, which the next files of the roster tell."""
    return Key(roster(event_id).pk, f"{ROSTER_CHANGE}{by_time(at, reference)}")


def summary(event_id: str) -> Key:
    return Key(f"SUMMARY#{event_id}", "SUMMARY")


def sales(event_id: str) -> str:
    """The partition of what the reports of sales are made of: counts by what they tell and by day."""
    return f"SALES#{event_id}"


def sales_counts(event_id: str, of: str, day: date, nn: int) -> Key:
    """What was sold on a day: its lines, by discounts, to companies, or all of it."""
    return Key(sales(event_id), f"{of}#{day}#{nn:02d}")


def cash(event_id: str) -> str:
    """The partition of what came and went by each account, and of the orders that leave something open."""
    return f"CASH#{event_id}"


def cash_counts(event_id: str) -> Key:
    return Key(cash(event_id), "COUNTS")


def cash_of_order(event_id: str, order_id: str) -> Key:
    """What an order leaves open: money that is nobody's, on its way back, or disputed."""
    return Key(cash(event_id), f"ORDER#{order_id}")


def ledger_row(event_id: str, nn: int, at: datetime, order_id: str, movement_id: str) -> Key:
    return Key(ledger(event_id, nn), f"{stamp(at)}#{order_id}#{movement_id}")


def ledger(event_id: str, nn: int) -> str:
    """The partition of one shard of the movements of money of an event, by time."""
    return f"LEDGER#{event_id}#{nn:02d}"


def reconciliation() -> Key:
    """Up to when the payment provider was compared with the ledger."""
    return Key("RECONCILIATION", "STATE")


def search_words(event_id: str, nn: int) -> str:
    """The partition of one shard of the words by which the persons of an event are found."""
    return f"SEARCH#{event_id}#{nn:02d}"


def search_word(event_id: str, nn: int, word: str, person_id: str) -> Key:
    return Key(search_words(event_id, nn), f"{word}#{person_id}")


def former_order_words(event_id: str, nn: int) -> str:
    """The partition of words of buyers that an earlier version kept, and none reads."""
    return f"{search_words(event_id, nn)}#ORDERS"


def order_rows(event_id: str, facet: str) -> str:
    """The partition of the rows of those orders of an event that have something in common, by time."""
    return f"ORDERS#{event_id}#{facet}"


def order_row(event_id: str, facet: str, at: datetime, order_id: str) -> Key:
    return Key(order_rows(event_id, facet), by_time(at, order_id))


def order_words(event_id: str, word: str) -> str:
    """The partition of the words with the initial of this one, by which the orders of an event are found."""
    return f"ORDERS#{event_id}#WORDS#{word[0]}"


def order_word(event_id: str, word: str, at: datetime, order_id: str) -> Key:
    return Key(order_words(event_id, word), f"{word}#{by_time(at, order_id)}")


def applied(record_id: str) -> Key:
    """The mark that a stream record is in the summary."""
    return Key(f"APPLIED#{digest(record_id)}", "APPLIED")


# --- outgoing webhooks ------------------------------------------------------------------------------------

HOOK_SHARDS = 4


def hooks(organizer_id: str) -> str:
    """The partition of an organizer's webhooks, with their secrets."""
    return f"HOOKS#{organizer_id}"


def hook(organizer_id: str, endpoint_id: str) -> Key:
    return Key(hooks(organizer_id), f"ENDPOINT#{endpoint_id}")


def hook_state(endpoint_id: str) -> Key:
    """How an endpoint has answered of late."""
    return Key(f"HOOKSTATE#{endpoint_id}", "STATE")


def hook_lane(endpoint_id: str, lane: str) -> Key:
    """How far the deliveries of one order to one endpoint are."""
    return Key(f"HOOKLANE#{endpoint_id}#{lane}", "LANE")


def hook_place(endpoint_id: str, lane: str, place: int) -> Key:
    """Which delivery has this place in a lane."""
    return Key(hook_lane(endpoint_id, lane).pk, f"PLACE#{place:08d}")


def hook_delivery(delivery_id: str) -> Key:
    return Key(f"HOOKDELIVERY#{delivery_id}", "DELIVERY")


def hook_deliveries(endpoint_id: str, state: str, nn: int) -> str:
    """gsi2: one shard of the deliveries to an endpoint in one state, by time."""
    return f"HOOK#{endpoint_id}#{state}#{nn:02d}"


def hook_due(nn: int) -> str:
    """gsi3: one shard of the lanes in which a delivery waits, by when it is to be sent."""
    return f"HOOKDUE#{nn:02d}"


# --- jobs -------------------------------------------------------------------------------------------------


def job(job_id: str) -> Key:
    return Key(f"JOB#{job_id}", "JOB")


def job_input(job_id: str) -> Key:
    """The request that a job works off."""
    return Key(f"JOB#{job_id}", "INPUT")


def job_row(job_id: str, at: int) -> Key:
    """The result of the row at this index."""
    return Key(f"JOB#{job_id}", f"ROW#{at:05d}")


def jobs_of(event_or_organizer_id: str) -> str:
    """gsi1: the jobs of an event, or of an account as a whole, by time."""
    return f"EVENT#{event_or_organizer_id}#JOBS"

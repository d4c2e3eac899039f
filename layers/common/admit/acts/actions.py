"""What an organizer can do with an order: each action by its route, who may, and the verb that does it.

Whether it can be done now is asked of the verb, in a rehearsal; nothing here repeats a verb's rules.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Any, NamedTuple

from pydantic import ValidationError

from admit.acts.rehearsal import Rehearsal, RehearsedGateway
from admit.catalog.catalog import Catalog
from admit.errors import AdmitError, Forbidden, Invalid
from admit.faults import faults_of
from admit.mail.send_again import SendAgainRequest, SentAgain, send_again
from admit.model import Shape
from admit.orders.approve import DecisionRequest, approve, decline
from admit.orders.cancellation import CancelRequest
from admit.orders.ledger import Account, RefundStatus
from admit.orders.note import DismissRequest, NoteRequest, dismiss, leave_note
from admit.orders.order import Attention, Order
from admit.orders.refund import RefundRequest
from admit.payments.decide import (
    ConfirmRequest,
    cancel_by_organizer,
    confirm_refund,
    refund_by_organizer,
    release_by_organizer,
    settle_by_organizer,
)
from admit.payments.gateway import OrderGateway
from admit.payments.settle import SettleRequest
from admit.people.account import HANDLES_MONEY, MANAGES, Role
from admit.seating.maps import SeatMaps
from admit.store import Table
from admit.tickets.ticket import tickets_of

ORDERS = "/organizer/{organizer_id}/events/{event_id}/orders/{order_id}"


class ActionName(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"
    SETTLE = "settle"
    RELEASE = "release"
    RESEND = "resend"
    CANCEL = "cancel"
    REFUND = "refund"
    CONFIRM_REFUND = "confirm_refund"
    NOTE = "note"
    DISMISS = "dismiss"


class NeedKind(StrEnum):
    TEXT = "text"
    AMOUNT = "amount"
    TICKETS = "tickets"
    CHOICE = "choice"
    BOOLEAN = "boolean"


class Need(Shape):
    """A field of an action's body, as it is asked for; `choices` are all that it may be."""

    name: str
    kind: NeedKind
    required: bool = False
    choices: list[str] | None = None


class ActionRoute(Shape):
    method: str
    path: str


class WhyNot(Shape):
    """Why an action can't be done, as its refusal says it."""

    code: str
    text: str


class ActionView(Shape):
    """An action on one order: whether the caller can do it now, and how."""

    name: ActionName
    allowed: bool
    reason: WhyNot | None = None
    needs: list[Need]
    route: ActionRoute


class Nothing(Shape):
    """Nothing is to be said."""


class ConfirmedRefund(ConfirmRequest):
    sequence: int


class Dismissal(DismissRequest):
    reason: Attention


class Stage(NamedTuple):
    """What verbs work with."""

    table: Table
    gateway: OrderGateway
    catalog: Catalog
    actor: str
    key: str
    """Tells a request sent again from another one."""
    now: datetime
    random: Random


class Action(NamedTuple):
    method: str
    path: str
    """Of its own route, below that of the order."""
    roles: frozenset[Role]
    body: type[Shape]
    do: Callable[[Stage, Order, Any], Order]
    needs: Sequence[Need] = ()


def perform(name: ActionName, stage: Stage, order: Order, body: Shape) -> Order:
    """Do an action and return the order as it is then. Raises what its verb raises."""
    return ACTIONS[name].do(stage, order, body)


def read_body(name: ActionName, sent: Mapping[str, Any]) -> Shape:
    """Read the body of an action, with what stands in the address of its own route. Raises Invalid."""
    try:
        return ACTIONS[name].body.model_validate(sent)
    except ValidationError as exc:
        raise Invalid(faults=faults_of(exc)) from exc


def require(name: ActionName, role: Role) -> None:
    """Raise Forbidden for an action that is not for this role."""
    if role not in ACTIONS[name].roles:
        raise Forbidden


class Rehearsed(NamedTuple):
    """What came of a rehearsal."""

    order: Order
    table: Rehearsal
    gateway: RehearsedGateway


def rehearse(name: ActionName, stage: Stage, order: Order, body: Shape) -> Rehearsed:
    """Do an action for nobody to see: nothing is written or asked for. Raises what its verb raises."""
    table, gateway = Rehearsal(stage.table), RehearsedGateway(order, stage.now)
    after = perform(name, stage._replace(table=table, gateway=gateway), order, body)
    return Rehearsed(after, table, gateway)


def actions_of(stage: Stage, order: Order, role: Role) -> list[ActionView]:
    """Say of every action whether it can be done with an order now, by somebody of this role."""
    return [view for name in ActionName for view in _views(name, stage, order, role)]


def _views(name: ActionName, stage: Stage, order: Order, role: Role) -> list[ActionView]:
    ids = {"organizer_id": order.organizer_id, "event_id": order.event_id, "order_id": order.id}
    action = ACTIONS[name]
    views = []
    for fixed, tries in _tries(name, stage, order):
        reason = _reason(name, stage, order, role, tries)
        view = ActionView(
            name=name,
            allowed=reason is None,
            reason=reason,
            needs=[_fixed(need, fixed, order) for need in action.needs],
            route=ActionRoute(method=action.method, path=(ORDERS + action.path).format_map(ids | fixed)),
        )
        views.append(view)
    return views


type _Tries = Sequence[Mapping[str, Any]]
"""Bodies of which one that is accepted shows that the action can be done."""


def _tries(name: ActionName, stage: Stage, order: Order) -> list[tuple[dict[str, str], _Tries]]:
    """Return an action once for each thing that it can be done to, with bodies to try it with."""
    match name:
        case ActionName.APPROVE:
            return [({}, [{}, {"other_seats": True}])]
        case ActionName.CANCEL:
            unused = [one.number for one in tickets_of(stage.table, order.id) if not one.entries]
            some = [number for number in unused if number in order.numbers]
            return [({}, [{}, {"tickets": some}] if some else [{}])]
        case ActionName.NOTE:
            return [({}, [{"text": "-"}])]
        case ActionName.CONFIRM_REFUND:
            open_ones = [
                one.sequence
                for one in order.refunds
                if one.status is RefundStatus.FAILED or (one.open and one.account is not Account.STRIPE)
            ]
            last = [one.sequence for one in order.refunds[-1:]] or [1]
            return [({"sequence": str(one)}, [{"sequence": one}]) for one in open_ones or last]
        case ActionName.DISMISS:
            return [({"reason": one.value}, [{"reason": one}]) for one in order.attention]
    return [({}, [{}])]


def _reason(name: ActionName, stage: Stage, order: Order, role: Role, tries: _Tries) -> WhyNot | None:
    """Return why an action can't be done: the first refusal, or that it would change nothing."""
    reasons = []
    for sent in tries:
        try:
            require(name, role)
            if rehearse(name, stage, order, read_body(name, sent)).table.written:
                return None
        except AdmitError as refused:
            reasons.append(WhyNot(code=refused.code, text=refused.detail))
        else:
            reasons.append(NO_EFFECT)
    return reasons[0]


def _fixed(need: Need, fixed: Mapping[str, str], order: Order) -> Need:
    """Return a field with what it may be for this order."""
    if need.name in fixed:
        return need.model_copy(update={"choices": [fixed[need.name]]})
    if need.kind is NeedKind.TICKETS:
        return need.model_copy(update={"choices": [str(number) for number in order.numbers]})
    return need


NO_EFFECT = WhyNot(code="no_effect", text="This has been done; doing it again changes nothing.")
_NOTE = Need(name="note", kind=NeedKind.TEXT)


def _approve(stage: Stage, order: Order, body: DecisionRequest) -> Order:
    return approve(
        stage.table,
        stage.catalog,
        order,
        body,
        actor=stage.actor,
        now=stage.now,
        random=stage.random,
        maps=SeatMaps(stage.table, lambda: stage.now),
    )


def _decline(stage: Stage, order: Order, body: DecisionRequest) -> Order:
    return decline(stage.table, order, actor=stage.actor, note=body.note, now=stage.now)


def _settle(stage: Stage, order: Order, body: SettleRequest) -> Order:
    return settle_by_organizer(
        stage.table,
        stage.catalog,
        order,
        body,
        key=stage.key,
        actor=stage.actor,
        now=stage.now,
        random=stage.random,
    )


def _release(stage: Stage, order: Order, _: Nothing) -> Order:
    return release_by_organizer(stage.table, order, actor=stage.actor, now=stage.now)


def _resend(stage: Stage, order: Order, body: SendAgainRequest) -> Order:
    return send_again(stage.table, order, body, stage.key, actor=stage.actor, now=stage.now)


def _cancel(stage: Stage, order: Order, body: CancelRequest) -> Order:
    return cancel_by_organizer(
        stage.table, stage.gateway, stage.catalog, order, body, actor=stage.actor, now=stage.now
    )


def _refund(stage: Stage, order: Order, body: RefundRequest) -> Order:
    return refund_by_organizer(
        stage.table, stage.gateway, order, body, key=stage.key, actor=stage.actor, now=stage.now
    )


def _confirm(stage: Stage, order: Order, body: ConfirmedRefund) -> Order:
    return confirm_refund(stage.table, order, body.sequence, note=body.note, actor=stage.actor, now=stage.now)


def _note(stage: Stage, order: Order, body: NoteRequest) -> Order:
    return leave_note(stage.table, order, body, key=stage.key, actor=stage.actor, now=stage.now)


def _dismiss(stage: Stage, order: Order, body: Dismissal) -> Order:
    return dismiss(stage.table, order, body.reason, body, actor=stage.actor, now=stage.now)


ACTIONS: Mapping[ActionName, Action] = {
    ActionName.APPROVE: Action(
        "POST",
        "/approve",
        MANAGES,
        DecisionRequest,
        _approve,
        [_NOTE, Need(name="other_seats", kind=NeedKind.BOOLEAN)],
    ),
    ActionName.DECLINE: Action("POST", "/decline", MANAGES, DecisionRequest, _decline, [_NOTE]),
    ActionName.SETTLE: Action(
        "POST",
        "/settle",
        HANDLES_MONEY,
        SettleRequest,
        _settle,
        [_NOTE, Need(name="amount", kind=NeedKind.AMOUNT)],
    ),
    ActionName.RELEASE: Action("POST", "/release", HANDLES_MONEY, Nothing, _release),
    ActionName.RESEND: Action(
        "POST",
        "/resend",
        HANDLES_MONEY,
        SendAgainRequest,
        _resend,
        [Need(name="kind", kind=NeedKind.CHOICE, choices=list(SentAgain))],
    ),
    ActionName.CANCEL: Action(
        "POST",
        "/cancel",
        MANAGES,
        CancelRequest,
        _cancel,
        [
            Need(name="tickets", kind=NeedKind.TICKETS),
            Need(name="refund", kind=NeedKind.BOOLEAN),
            _NOTE,
        ],
    ),
    ActionName.REFUND: Action(
        "POST",
        "/refund",
        HANDLES_MONEY,
        RefundRequest,
        _refund,
        [Need(name="amount", kind=NeedKind.AMOUNT), Need(name="tickets", kind=NeedKind.TICKETS), _NOTE],
    ),
    ActionName.CONFIRM_REFUND: Action(
        "POST",
        "/refunds/{sequence}/confirm",
        HANDLES_MONEY,
        ConfirmedRefund,
        _confirm,
        [Need(name="sequence", kind=NeedKind.CHOICE, required=True), _NOTE],
    ),
    ActionName.NOTE: Action(
        "POST",
        "/notes",
        HANDLES_MONEY,
        NoteRequest,
        _note,
        [Need(name="text", kind=NeedKind.TEXT, required=True)],
    ),
    ActionName.DISMISS: Action(
        "POST",
        "/attention/{reason}/dismiss",
        HANDLES_MONEY,
        Dismissal,
        _dismiss,
        [Need(name="reason", kind=NeedKind.CHOICE, required=True), _NOTE],
    ),
}

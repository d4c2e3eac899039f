"""The postman: what is handed to SES, at which pace, and what SES says of it then and later."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from pydantic import ValidationError

from admit.aws.mail import Pace, SesPostman, sending_rate
from admit.aws.mail_news import read_news
from admit.mail.delivery import QuotaUsedUp, TooFast, Undelivered, Unreachable
from admit.mail.mails import Mail
from admit.people.mailbox import MailState
from tests.ses_events import a_bounce, a_complaint, told

MAIL = Mail("kari@polar.example", "Your tickets", "Here they are.", "<p>Here they are.</p>", "0rder1")


class Hours:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "sesv2", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


@pytest.fixture
def ses(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber


def a_pace(hours: Hours, rate: float, processes: int = 1) -> Pace:
    return Pace(lambda: rate, processes, hours.clock, hours.sleep)


@pytest.fixture
def postman(client: Any, hours: Hours) -> SesPostman:
    return SesPostman(client, "tickets@admit.example", "the-set", a_pace(hours, 14))


# --- sending ----------------------------------------------------------------------------------------------


def test_a_mail_goes_out_under_the_configuration_set_with_its_order_as_a_tag(
    postman: SesPostman, ses: Stubber
) -> None:
    ses.add_response(
        "send_email",
        {"MessageId": "1"},
        {
            "FromEmailAddress": "tickets@admit.example",
            "Destination": {"ToAddresses": ["kari@polar.example"]},
            "Content": ANY,
            "ConfigurationSetName": "the-set",
            "EmailTags": [{"Name": "order_id", "Value": "0rder1"}],
        },
    )
    postman.send(MAIL)
    ses.assert_no_pending_responses()


def test_a_mail_about_no_order_has_no_tag(postman: SesPostman, ses: Stubber) -> None:
    expected = {"FromEmailAddress": ANY, "Destination": ANY, "Content": ANY, "ConfigurationSetName": ANY}
    ses.add_response("send_email", {"MessageId": "1"}, expected | {"EmailTags": []})
    postman.send(MAIL._replace(order_id=None))
    ses.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded.", TooFast),
        ("ThrottlingException", "Rate exceeded", TooFast),
        ("TooManyRequestsException", "Daily message quota exceeded.", QuotaUsedUp),
        ("LimitExceededException", "Daily sending quota exceeded.", QuotaUsedUp),
    ],
)
def test_a_throttle_says_whether_to_come_back_at_once_or_later(
    postman: SesPostman, ses: Stubber, code: str, message: str, error: type[Exception]
) -> None:
    ses.add_client_error("send_email", code, message, http_status_code=400)
    with pytest.raises(error):
        postman.send(MAIL)


def test_another_refusal_is_passed_on_as_it_is(postman: SesPostman, client: Any, ses: Stubber) -> None:
    ses.add_client_error("send_email", "MessageRejected", "Email address is not verified.")
    with pytest.raises(client.exceptions.MessageRejected):
        postman.send(MAIL)


def test_a_domain_with_umlauts_is_written_in_punycode(postman: SesPostman, ses: Stubber) -> None:
    expected = {"FromEmailAddress": ANY, "Content": ANY, "ConfigurationSetName": ANY, "EmailTags": ANY}
    to = {"ToAddresses": ["kari@xn--mnchen-3ya.example"]}
    ses.add_response("send_email", {"MessageId": "1"}, expected | {"Destination": to})
    postman.send(MAIL._replace(to="kari@münchen.example"))
    ses.assert_no_pending_responses()


@pytest.mark.parametrize("address", ["kåre@polar.example", "kari@polar..example", f"kari@{'p' * 64}.example"])
def test_an_address_that_ses_has_no_way_to_is_unreachable(postman: SesPostman, address: str) -> None:
    with pytest.raises(Unreachable):
        postman.send(MAIL._replace(to=address))


# --- pace -------------------------------------------------------------------------------------------------


def test_mails_of_a_process_keep_their_share_of_the_rate(hours: Hours) -> None:
    pace = a_pace(hours, rate=10, processes=5)
    for _ in range(4):
        pace.wait()
    assert hours.slept == [0.5, 0.5, 0.5]


def test_time_that_sending_takes_is_not_waited_for_again(hours: Hours) -> None:
    pace = a_pace(hours, rate=1)
    pace.wait()
    hours.now += 0.75
    pace.wait()
    hours.now += 60
    pace.wait()
    assert hours.slept == [0.25]


def test_nobody_waits_longer_than_the_function_can(hours: Hours) -> None:
    pace = a_pace(hours, rate=1, processes=25)
    pace.wait()
    pace.wait()
    assert hours.slept == [5.0]


def test_an_account_without_a_limit_is_not_paced(hours: Hours) -> None:
    pace = a_pace(hours, rate=-1)
    pace.wait()
    pace.wait()
    assert hours.slept == []


def test_the_rate_is_that_of_the_account(client: Any, ses: Stubber) -> None:
    ses.add_response("get_account", {"SendQuota": {"MaxSendRate": 14.0}})
    assert sending_rate(client) == 14.0


def test_an_account_that_can_not_be_asked_is_taken_for_a_new_one(client: Any, ses: Stubber) -> None:
    ses.add_client_error("get_account", "TooManyRequestsException", "Rate exceeded", http_status_code=429)
    assert sending_rate(client) == 1.0


# --- news -------------------------------------------------------------------------------------------------


def news(body: str) -> Undelivered:
    found = read_news(body)
    assert found is not None
    return found


def test_a_permanent_bounce_is_news_of_the_address_that_was_mailed() -> None:
    found = news(a_bounce("Permanent", "General"))
    assert (found.state, found.email, found.order_id) == (MailState.BOUNCED, "kari@polar.example", "0rder1")
    assert (found.id, found.reason) == ("0102-feedback-000000", "Permanent General")
    assert found.sent_at < found.at


@pytest.mark.parametrize(
    ("kind", "subtype"), [("Transient", "MailboxFull"), ("Undetermined", "Undetermined")]
)
def test_a_mail_that_was_given_up_says_nothing_of_the_address(kind: str, subtype: str) -> None:
    found = news(a_bounce(kind, subtype))
    assert (found.state, found.order_id) == (None, "0rder1")


def test_the_answer_of_somebody_who_is_away_is_no_news() -> None:
    assert read_news(a_bounce("Transient", "General")) is None


def test_a_complaint_is_news_of_its_address() -> None:
    found = news(a_complaint(complaintFeedbackType="abuse", arrivalDate="2027-03-01T12:40:00.000Z"))
    assert (found.state, found.reason) == (MailState.COMPLAINED, "abuse")
    assert news(a_complaint(complaintSubType="OnAccountSuppressionList")).state is MailState.COMPLAINED


def test_a_reader_who_has_called_a_mail_wanted_does_not_complain() -> None:
    assert read_news(a_complaint(complaintFeedbackType="not-spam")) is None


def test_a_mail_that_ses_refused_itself_says_nothing_of_the_address() -> None:
    found = news(told(eventType="Reject", reject={"reason": "Bad content"}))
    assert (found.state, found.reason, found.order_id) == (None, "Reject", "0rder1")


def test_an_address_is_told_as_it_was_given_not_in_punycode() -> None:
    body = a_bounce(to="k@xn--mnchen-3ya.example")
    assert news(body).email == "k@münchen.example"


def test_the_greeting_of_the_topic_is_no_news() -> None:
    assert read_news("Successfully validated SNS topic for Amazon SES event publishing.") is None


@pytest.mark.parametrize("body", ["", "{}", told(eventType="Open"), told(eventType="Bounce", bounce={})])
def test_what_is_no_news_of_ses_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        read_news(body)

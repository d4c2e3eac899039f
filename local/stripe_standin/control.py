"""How a test bends the stand-in: what it does to webhooks, to its clock and to its own availability."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

type Fault = Literal["fail_requests", "break_requests", "hang_requests"]


class Knobs(BaseModel):
    """The settings of the moment; all are off to begin with.

    duplicate              further deliveries of each event, at the same time
    delay_seconds          wait before the first attempt
    reorder                hold back this many deliveries, then send the last first
    drop                   lose every delivery
    retry_seconds          wait after the first failed attempt; doubles each time
    bad_signature          sign with another secret
    signature_age_seconds  date the signature back by this much
    fail_requests          answer this many API requests with 500, doing nothing
    break_requests         do what this many API requests ask and answer 500; the idempotency key keeps that
    hang_requests          do what this many API requests ask and answer late
    hang_seconds           how late
    only                   let those three strike only requests that begin so, such as `POST /v1/refunds`
    pending_refunds        let this many refunds wait for their bank
    livemode               let events tell of real money
    clock_seconds          set the clock ahead by this much, or behind by ten minutes at most
    """

    model_config = ConfigDict(extra="forbid")

    duplicate: int = Field(default=0, ge=0, le=20)
    delay_seconds: float = Field(default=0, ge=0)
    reorder: int = Field(default=0, ge=0)
    drop: bool = False
    retry_seconds: float = Field(default=1, gt=0)
    bad_signature: bool = False
    signature_age_seconds: int = 0
    fail_requests: int = Field(default=0, ge=0)
    break_requests: int = Field(default=0, ge=0)
    hang_requests: int = Field(default=0, ge=0)
    hang_seconds: float = Field(default=5, ge=0, le=60)
    only: str = ""
    pending_refunds: int = Field(default=0, ge=0)
    livemode: bool = False
    clock_seconds: int = Field(default=0, ge=-600)

    def strikes(self, fault: Fault, request: str) -> bool:
        """Say whether a fault strikes a request, written `POST /v1/refunds`; if so, one less is to come."""
        left: int = getattr(self, fault)
        if left == 0 or not request.startswith(self.only):
            return False
        setattr(self, fault, left - 1)
        return True

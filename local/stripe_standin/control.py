"""How a test bends the stand-in: what it does to webhooks, to its clock and to its own availability."""

from pydantic import BaseModel, ConfigDict, Field


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
    clock_seconds          set the clock ahead by this much
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
    clock_seconds: int = Field(default=0, ge=0)

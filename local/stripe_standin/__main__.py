"""Run the stand-in with `python -m local.stripe_standin`."""

import argparse

import uvicorn

from local.processes import KEPT_ALIVE_SECONDS
from local.stripe_standin.app import Config, create_app
from local.stripe_standin.webhooks import DEFAULT_EVENTS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.stripe_standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhook-url", required=True)
    parser.add_argument("--webhook-secret", required=True)
    parser.add_argument("--webhook-events", nargs="+", default=DEFAULT_EVENTS, help="event types, or *")
    parser.add_argument("--api-key", required=True)
    given = parser.parse_args()
    config = Config(given.webhook_url, given.webhook_secret, given.api_key, frozenset(given.webhook_events))
    uvicorn.run(
        create_app(config),
        host=given.host,
        port=given.port,
        log_level="warning",
        timeout_keep_alive=KEPT_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()

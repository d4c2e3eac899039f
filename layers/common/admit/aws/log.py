"""The log: JSON lines that name kinds, ids and places in the code, never what people sent."""

import traceback
from pathlib import PurePath
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger()


def failure(error: Exception) -> dict[str, Any]:
    """Return an error for the log: its kind and the places it came through, without its message."""
    return {
        "error": type(error).__name__,
        "where": [
            f"{PurePath(frame.filename).name}:{frame.lineno}:{frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-5:]
        ],
    }

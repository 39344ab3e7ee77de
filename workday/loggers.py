from __future__ import annotations

import logging

# At DEBUG these print codes, secrets and tokens; requests_oauthlib even prints them whole.
TALKATIVE = (
    "oauthlib.oauth2.rfc6749.clients.base",
    "oauthlib.oauth2.rfc6749.parameters",
    "requests_oauthlib.compliance_fixes",
    "requests_oauthlib.oauth2_session",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.response",
    "urllib3.util.retry",
)


def _only_warnings(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def hold_back() -> None:
    """Drop everything below WARNING of the talkative libraries, whatever levels a log set-up gives them."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        if _only_warnings not in logger.filters:
            logger.addFilter(_only_warnings)

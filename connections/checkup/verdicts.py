"""What a check-up can say, in fixed words. Stored are names and numbers; the words are made when it is shown.

Fixed, because whoever may register a tenant chooses what is asked: nothing of an answer is ever repeated here, and a
closed port, a filtered one, an inside address and a host that is not allowed read the same.
"""

from __future__ import annotations

from enum import Enum


class Check(Enum):
    """What is looked at, in the order of the page; the values are its names for people."""

    RUN = "Check-up"
    REST = "REST API endpoint"
    TOKEN = "Token endpoint"  # noqa: S105 - a name, not a token.
    AUTHORIZATION = "Authorization endpoint"
    CLIENT = "API client"
    REDIRECT = "Redirect URL"
    PKCE = "PKCE"
    WORKER = "Access to “who am I”"
    INBOX = "Access to the inbox"
    PROCESS = "Access to business processes"
    ISU = "Integration system user"
    CLOCK = "Clock"
    RENEWAL = "Renewing access"
    REFRESH = "Refresh tokens"
    CONNECTIONS = "Connections"


class Grade(Enum):
    """How a verdict counts, the gravest first; the value is its name for people."""

    PROBLEM = "Problem"
    WARNING = "Warning"
    UNKNOWN = "Not checked"
    NOTE = "Note"
    GOOD = "Good"


_PROBLEM, _WARNING, _UNKNOWN, _NOTE, _GOOD = Grade


class Verdict(Enum):
    """Grade, what is so, and what to do about it. Numbers come from the finding's data."""

    NOT_RUN = (
        _UNKNOWN,
        "The check-up was not carried out: no worker took it up.",
        "Ask whoever runs Countersign whether the worker runs and reaches its broker, then check again.",
    )
    NOT_ASKED = (_UNKNOWN, "Not asked, because the endpoint for it is not reachable.", "")
    NO_TIME = (_UNKNOWN, "Not asked, because the time for this check-up was over.", "Check again later.")
    BUSY = (_UNKNOWN, "Workday did not answer just now.", "Check again in a few minutes.")
    ODD = (
        _UNKNOWN,
        "There was an answer, but not as Workday gives it.",
        "Compare the three endpoints with the report View API Clients.",
    )

    REACHABLE = (_GOOD, "Reachable.", "")
    NOT_REACHABLE = (
        _PROBLEM,
        "Not reachable.",
        "Compare it with the report View API Clients. If it is the same, ask whoever runs Countersign whether it may "
        "reach that host on port 443, and trusts its certificate.",
    )

    CLIENT_ACCEPTED = (_GOOD, "Workday accepts the client ID, the client secret and the grant type.", "")
    CLIENT_REFUSED = (
        _PROBLEM,
        "Workday does not accept the client ID or the client secret.",
        "Compare the client ID with the report View API Clients. If it is the same, have Workday generate a new secret "
        "for that API client, and enter it on the tenant's page.",
    )
    GRANT_TYPE = (
        _PROBLEM,
        "Workday accepts the secret, but this API client may not use the Authorization Code Grant.",
        "See View API Clients: the Client Grant Type has to be Authorization Code Grant. A client of Register API "
        "Client for Integrations cannot connect people; make another one with Register API Client.",
    )
    GRANT_TYPE_ISU = (
        _WARNING,
        "This API client may not use the Authorization Code Grant, so it serves the integration system user only.",
        "For people, make another one with Register API Client and add it here as a tenant of its own.",
    )
    SECRET_AGAIN = (
        _PROBLEM,
        "The client secret has to be entered again; the stored one was given for another address.",
        "Enter it on the tenant's page. If nobody has it any more, have Workday generate a new one.",
    )
    KEY_MISSING = (
        _PROBLEM,
        "The key that the client secret is sealed with is missing here.",
        "Ask whoever runs Countersign to put the former key back into TOKEN_KEYS.",
    )
    NOT_WORKDAY = (
        _PROBLEM,
        "The token endpoint gave a token for a made-up code, so it is not Workday's.",
        "Correct the token endpoint on the tenant's page, and replace the client secret in Workday.",
    )

    REDIRECT_RIGHT = (_GOOD, "Workday takes our redirect URL and refuses a made-up one.", "")
    REDIRECT_REFUSED = (
        _PROBLEM,
        "Workday refuses our redirect URL, or does not know the client ID.",
        "In View API Clients, compare the Redirection URI to the letter, capitals and final slash included, with the "
        "redirect URL below.",
    )
    REDIRECT_UNTOLD = (
        _NOTE,
        "Workday tells only those who sign in there whether our redirect URL is right.",
        "In View API Clients, compare the Redirection URI to the letter, capitals and final slash included, with the "
        "redirect URL below.",
    )
    PKCE_USED = (_GOOD, "Workday takes our requests with PKCE and refuses those without.", "")
    PKCE_REFUSED = (
        _PROBLEM,
        "Workday refuses requests with PKCE, which Countersign always uses.",
        "Edit the API client and tick Support Proof Key for Code Exchange (PKCE).",
    )
    PKCE_UNTOLD = (
        _NOTE,
        "Workday does not show from outside whether PKCE is on; Countersign always uses it.",
        "See that Support Proof Key for Code Exchange (PKCE) is ticked at the API client.",
    )
    PKCE_LATER = (_UNKNOWN, "Not known while Workday refuses the redirect URL or the client ID.", "Mend that first.")

    NO_CONNECTION = (
        _UNKNOWN,
        "Nobody's connection works, and without one nothing can be asked.",
        "Connect yourself on the Connections page, then check again.",
    )
    TOKEN_ENDED = (
        _UNKNOWN,
        "Workday no longer accepts the connection that was to ask.",
        "Its person has to reconnect; or connect yourself, then check again.",
    )
    NOT_RENEWED = (
        _UNKNOWN,
        "The connection that was to ask could not be renewed, because of the API client or its secret.",
        "Mend the API client first, then check again.",
    )
    WORKER_TOLD = (_GOOD, "Workday says who a connected person is.", "")
    WORKER_FORBIDDEN = (
        _PROBLEM,
        "Workday refuses to say who a connected person is (403).",
        "At the API client, tick Include Workday Owned Scope and the functional area Staffing. People need one of the "
        "domains Worker Data: Public Worker Reports and Self-Service: Current Staffing Information. Then run "
        "Activate Pending Security Policy Changes.",
    )
    WORKER_MISSING = (
        _PROBLEM,
        "The connected account belongs to no worker in Workday (404).",
        "Connect with the account of a worker. Only workers have an inbox.",
    )
    WORKER_ISU = (_GOOD, "The integration system user has no worker of its own, which is usual.", "")
    INBOX_OPEN = (_GOOD, "Workday lists the inbox.", "")
    INBOX_EMPTY = (_GOOD, "Workday lists the inbox of the integration system user itself, which is empty.", "")
    INBOX_FORBIDDEN = (
        _PROBLEM,
        "Workday refuses to list the inbox (403).",
        "At the API client, tick Include Workday Owned Scope: the inbox belongs to the domain Core Navigation, which "
        "is in no other functional area. People need that domain too. Then run Activate Pending Security Policy "
        "Changes.",
    )
    PROCESS_OPEN = (_GOOD, "Workday shows the steps that can be decided.", "")
    PROCESS_FORBIDDEN = (
        _PROBLEM,
        "Workday refuses the service businessProcess (403), so nothing can be decided with it.",
        "At the API client, tick the functional area Tenant Non-Configurable. People need the domains Public Business "
        "Processes and Core Navigation. Then run Activate Pending Security Policy Changes; or let this tenant decide "
        "with the classic inbox service.",
    )
    PROCESS_NOT_NEEDED = (
        _GOOD,
        "Workday refuses the service businessProcess; this tenant decides with the classic inbox service instead.",
        "",
    )

    ISU_NONE = (_GOOD, "None is connected, and none is needed: people connect themselves.", "")
    ISU_BESIDE = (_GOOD, "One is connected beside people. It sees only the tasks assigned to itself.", "")
    ISU_ALONE = (
        _WARNING,
        "Only the integration system user is connected. It sees only the tasks assigned to itself, nobody else's.",
        "Have people connect themselves on their Connections page.",
    )
    ISU_ALONE_EMPTY = (
        _WARNING,
        "Only the integration system user is connected, and its inbox is empty. It never sees anybody else's tasks.",
        "Have people connect themselves on their Connections page.",
    )

    CLOCK_RIGHT = (_GOOD, "Our clock and Workday's agree within 30 seconds (difference: {seconds} s).", "")
    CLOCK_OFF = (
        _WARNING,
        "Our clock and Workday's differ by {seconds} s.",
        "Ask whoever runs Countersign to have its clock set by NTP.",
    )
    CLOCK_WRONG = (
        _PROBLEM,
        "Our clock and Workday's differ by {seconds} s, so access is renewed too early or too late.",
        "Ask whoever runs Countersign to have its clock set by NTP.",
    )
    CLOCK_UNTOLD = (_UNKNOWN, "No endpoint said what time it is there.", "")

    RENEWAL_WELL = (_GOOD, "Nothing is known that keeps access from being renewed.", "")
    RENEWAL_STUCK = (
        _PROBLEM,
        "Access could not be renewed lately, because of the API client or its secret. Nobody has to reconnect.",
        "Mend the API client as its line says. This ends by itself with the next renewal.",
    )
    REFRESH_UNSET = (
        _NOTE,
        "No Refresh Token Timeout is entered for this tenant, so nobody is told before access ends.",
        "If the API client has one, enter it on the tenant's page.",
    )
    REFRESH_FAR = (_GOOD, "None of them ends within 30 days (Refresh Token Timeout: {days}).", "")
    REFRESH_MONTH = (
        _NOTE,
        "Ending within 30 days: {month} (Refresh Token Timeout: {days}). None of them within 7 days.",
        "Those people are told. A longer Refresh Token Timeout at the API client spares them this.",
    )
    REFRESH_WEEK = (
        _WARNING,
        "Ending within 7 days: {week}. Ending within 30 days: {month} (Refresh Token Timeout: {days}).",
        "Ask those people to reconnect; the tenant's page names them.",
    )
    NOBODY = (_NOTE, "Nobody is connected yet.", "People connect by themselves on their Connections page.")
    CONNECTED = (_GOOD, "Connected: {all}. None of them needs to reconnect.", "")
    RECONNECT = (
        _WARNING,
        "Waiting for their person to reconnect: {broken}, of {all}.",
        "Ask those people to reconnect; the tenant's page names them.",
    )

    @property
    def grade(self) -> Grade:
        return self.value[0]

    @property
    def what(self) -> str:
        return self.value[1]

    @property
    def todo(self) -> str:
        return self.value[2]

"""Answers of a Workday that turned bad, as strategies: what is real with something wrong in it, or nothing real."""

from __future__ import annotations

import copy
import gzip
import json
from typing import Any

from hypothesis import strategies as st

WID = "a" * 32
HREF = f"http://127.0.0.1:1/ccx/api/v1/acme/timeOffRequest/{WID}"


def _reference(words: str = "Ines Ortega") -> dict[str, Any]:
    return {"id": "b" * 32, "descriptor": words, "href": HREF}


# Every field that is read of any answer, as Workday sends it.
ITEM: dict[str, Any] = {
    "id": WID,
    "descriptor": "Absence Request: Ines Ortega",
    "businessTitle": "Manager",
    "assigned": "2026-11-23T05:32:49.001Z",
    "due": "2026-12-24",
    "completedDate": "2026-11-23T05:32:49.001Z",
    "creationDate": "2026-11-23",
    "anonymous": False,
    "step": "Approval by Manager",
    "fileName": "receipt.pdf",
    "fileLength": 1000,
    "uploadDate": "2026-11-23",
    "currentBusinessTitle": "Manager",
    "units": "8",
    "comment": "<p>Fine &amp; good</p>",
    "commentDate": "2026-11-23T05:32:49.001Z",
    **{
        name: _reference()
        for name in (
            *("status", "stepType", "subject", "overallProcess", "initiator", "event", "completedByPerson", "person"),
            *("for", "overallBusinessProcess", "eventStatus", "contentType", "uploadedBy", "transactionStatus"),
        )
    },
    "awaitingPersons": [_reference()],
    "groups": [_reference("HR Partner")],
    "comments": [{"comment": "<p>Fine</p>", "person": _reference(), "commentDate": "2026-11-23"}],
    "timeOffEntry": [{"date": "2026-11-23", "units": "8", "timeOff": _reference("Vacation")}],
}
PAGE: dict[str, Any] = {**ITEM, "total": 1, "data": [ITEM]}
ERROR: dict[str, Any] = {"error": "invalid request", "code": "A1", "errors": [{"error": "Not yours.", "code": "A212"}]}

texts = (
    st.text(max_size=20)
    | st.text(st.characters(), max_size=600)
    | st.sampled_from(
        [
            *(
                "",
                "\x00",
                "\ud800",
                "a\r\nb: c",
                "<script>alert(1)</script>",
                "\u202egnp",
                "x" * 600,
                "..",
                "a/b",
                "%2e",
            ),
            *(
                "0001-01-01T00:00:00+23:59",
                "9999-12-31T23:59:59-23:59",
                "2026-02-30",
                "24:00",
                "2026-W01-1",
                "20261123",
            ),
            *("http://[", "//[x/a/b", "https://a\u2100b/c/d", "Employee_ID=21005", WID, "&#0;&#xd800;&#99999999999;"),
        ]
    )
)
numbers = st.integers() | st.floats() | st.sampled_from([2**53, -1, 10**4000, 1e308, 0.1])
leaves = st.none() | st.booleans() | numbers | texts
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(list(ITEM)) | texts, inner, max_size=4),
    max_leaves=12,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in _places(each, (*path, key)))]


def _changed(value: Any, changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    """A copy with something else at each place; `...` takes away what is there."""
    made = copy.deepcopy(value)
    for path, other in changes:
        _put(made, path, other)
    return made


def _put(made: Any, path: tuple[Any, ...], other: Any) -> None:
    for key in path[:-1]:
        if not isinstance(made, (dict, list)) or (key not in made if isinstance(made, dict) else len(made) <= key):
            return
        made = made[key]
    if isinstance(made, dict) and path and other is ...:
        made.pop(path[-1], None)
    elif isinstance(made, dict) and path:
        made[path[-1]] = None if other is ... else other


def mutated(value: Any, *, at_least: int = 0) -> st.SearchStrategy[Any]:
    change = st.tuples(st.sampled_from(_places(value)), st.just(...) | leaves | trees)
    return st.lists(change, min_size=at_least, max_size=3).map(lambda changes: _changed(value, changes))


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


nearly = mutated(PAGE).map(encoded)
raw = st.sampled_from(
    [
        *(b"", b"null", b"[]", b'"x"', b"5", b"}{", b'{"id":NaN}', b'{"id":Infinity}', b'{"id":"a","id":"b"}', b"\x00"),
        *(b"<!doctype html><title>Maintenance</title>", b'{"id":"\\ud800"}', b'{"id":"\\u0000"}', b'{"id":"a\x00"}'),
        *(
            b'{"id":' + b"9" * 9000 + b"}",
            b'{"id":-0.0e-99999}',
            b"[" * 5000 + b"]" * 5000,
            b'{"a":' * 5000,
            b"\xff\xfe",
        ),
        *(b"\xef\xbb\xbf" + encoded(PAGE), json.dumps(PAGE).encode("utf-16"), json.dumps(PAGE).encode("utf-32")),
        *(b'{"data":[' + b"{}," * 9000 + b"{}]}", b'{"data":[{"id":"%s"}]}' % (b"a" * 5000)),
    ]
)
bodies = st.one_of(
    nearly,
    nearly,
    trees.map(encoded),
    mutated(ERROR).map(encoded),
    st.builds(lambda body, at: body[:at], nearly, st.integers(0, 3000)),
    st.builds(
        lambda body, at, byte: body[:at] + byte + body[at + 1 :], nearly, st.integers(0, 3000), st.binary(max_size=2)
    ),
    st.binary(max_size=200),
    raw,
)
# A line of a head can hold anything but its own end.
lines = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40).map(
    lambda t: t.encode("latin-1")
)
names = st.sampled_from(
    [
        *(b"Retry-After", b"Content-Type", b"Content-Encoding", b"Content-Length", b"Transfer-Encoding", b"Set-Cookie"),
        *(b"Date", b"Location", b"Connection", b"X", b"", b"Content-Range", b"Trailer", b" X", b"Keep-Alive"),
    ]
)
values = lines | st.sampled_from(
    [
        *(b"gzip", b"br", b"deflate, gzip", b"chunked", b"-1", b"0", b"5, 5", b"5, 6", b"9" * 5000, b"close", b"\xb2"),
        *(b"Fri, 31 Dec 99999999999999999999 23:59:59 GMT", b"Fri, 31 Dec 2027 23:59:59 +9999999999", b"=?utf-8?q?x?="),
        *(b"a=b; Expires=Fri, 99 Foo 99999", b"text/html; charset=\xff", b"1" * 400, b"\xd9\xa3"),
    ]
)
headers = st.lists(st.builds(b"%b: %b".__mod__, st.tuples(names, values)) | lines, max_size=3)
statuses = st.sampled_from(
    [200, 200, 200, 201, 201, 202, 204, 206, 301, 304, 400, 401, 403, 404, 409, 429, 500, 503, 599]
)


def whole(status: int, body: bytes, more: list[bytes] | None = None) -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 %d Said" % status, length, b"Connection: close", *(more or []), b"", body])


def zipped(status: int, body: bytes) -> bytes:
    return whole(status, gzip.compress(body), [b"Content-Encoding: gzip"])


said_well = st.builds(whole, statuses, bodies)
said_badly = st.one_of(
    st.builds(whole, statuses, bodies, headers),
    st.builds(zipped, statuses, bodies),
    st.builds(lambda answer, at: answer[:at], said_well, st.integers(0, 400)),
    st.builds(lambda first, more, body: b"\r\n".join([first, *more, b"", body]), lines, headers, bodies),
    st.binary(max_size=100),
)
answers = said_well | said_well | said_badly

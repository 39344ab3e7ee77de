from __future__ import annotations

from django.http import HttpResponseBase
from django.http.request import HttpRequest
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Compresses pages that repeat nothing of what they were asked with.

    The length of a compressed page tells something about it to whoever chooses a part of its text and sees the traffic
    (BREACH, CVE-2013-3587). So a page with a query, which may come from somebody else's link, is sent as it is, and so
    is every answer to a form. What is left carries form tokens that Django masks anew each time, and Django pads what
    it compresses with a random number of bytes.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if request.method != "GET" or request.META.get("QUERY_STRING") or response.streaming or not is_page:
            return response
        return super().process_response(request, response)

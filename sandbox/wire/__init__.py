"""Everything between the socket and the services: the ledger of requests and the faults played on them."""

from __future__ import annotations

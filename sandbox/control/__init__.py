"""The control plane below /_sandbox and the page for a person who evaluates."""

from __future__ import annotations

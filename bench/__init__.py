"""What `make bench` measures and `make images` pictures, on a whole running system."""

from __future__ import annotations

"""What the company inside a sandbox tenant is: its people, processes, steps and how they move on."""

from __future__ import annotations

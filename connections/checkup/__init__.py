"""The check-up of a tenant: finding out in one go why it does not work, and what to do about it in Workday.

`asking` notes that one is wanted, `running` carries it out in the worker, `report` says it in words.
"""

from __future__ import annotations

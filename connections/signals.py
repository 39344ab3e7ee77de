from __future__ import annotations

from django.dispatch import Signal

# Sent after the commit of a connect or reconnect, and after an ISU's token was stored. Keyword arguments:
# `connection`, and `same_worker`, false when the connection acts as another worker than it did before.
connected = Signal()

# Sent after the commit that erased a connection's tokens. Keyword argument: `connection`.
disconnected = Signal()

"""What a child does between fork and exec: leave the terminal, die with its parent, stop being root.

On Linux a child asks the kernel for a signal at its parent's death (prctl(2), PR_SET_PDEATHSIG), so that
`kill -9` of the supervisor leaves nothing running. Elsewhere there is no such call, and a killed supervisor
leaves its children; the next start then tells their names and process ids.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CLONE_NEWUSER = 0x10000000
CAP_DAC_OVERRIDE = 1
LINUX_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Birth:
    """How a child is born. `death_signal` is what the kernel sends it when the supervisor dies."""

    death_signal: signal.Signals
    own_session: bool = True
    not_root: bool = False

    def steps(self) -> Callable[[], None]:
        """The function to run in the child before exec."""
        parent = os.getpid()

        def before_exec() -> None:
            if self.own_session:
                os.setsid()
            if self.not_root and os.geteuid() == 0:
                _stop_being_root()
            # After the change of user, because that clears the wish.
            die_with_parent(parent, self.death_signal)

        return before_exec


def die_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """Ask for `death_signal` when the parent dies; when it is dead already, take it at once. Linux only."""
    if sys.platform != "linux":
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def user_namespaces_work() -> bool:
    """Whether root may make a user namespace here; many containers forbid it. Tried in a forked child."""
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        os._exit(0 if _libc.unshare(CLONE_NEWUSER) == 0 else 1)
    return os.waitpid(child, 0)[1] == 0


def nobody() -> tuple[int, int]:
    """User and group id of the unprivileged user that stands in for root."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _stop_being_root() -> None:
    """PostgreSQL refuses to run as root: use a user namespace, or else the user nobody."""
    if sys.platform == "linux" and _libc.unshare(CLONE_NEWUSER) == 0:
        return
    user, group = nobody()
    _libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if sys.platform == "linux":
        _keep_reading_rights()


def _keep_reading_rights() -> None:
    """Keep one of root's rights, passing folders closed to others, since a checkout may lie in /root."""
    right = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(right, right, right, 0, 0, 0)
    _libc.capset(header, effective_permitted_inheritable)
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)

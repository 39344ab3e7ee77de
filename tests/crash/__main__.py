"""`make crash`: every point by every way, one at a time; the figures on the last line, and an exit code that tells.

Arguments choose: `python -m tests.crash sent kill` plays only the rounds whose name holds all of these words.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from types import FrameType

from soak.ledgers import Kind
from tests.crash.matrix import HOWS, Round, whole
from tests.crash.stage import Astray, Stage, stage


def main(words: list[str]) -> int:
    signal.signal(signal.SIGTERM, _stop)
    rounds = [each for each in whole() if all(word in str(each) for word in words)]
    figures: Counter[str] = Counter(cells=len(rounds))
    with stage(tasks=len(rounds) + 20) as here:
        for number, each in enumerate(rounds, 1):
            print(f"{number}/{len(rounds)} {each}: {_told(here, each, figures)}", flush=True)
    bad = sum(figures[kind.value] for kind in Kind) + figures["astray"]
    counted = ("cells", *HOWS, "decisions", "astray", *(kind.value for kind in Kind))
    print("; ".join(f"{name} {figures[name]}" for name in counted))
    return 1 if bad else 0


def _told(here: Stage, each: Round, figures: Counter[str]) -> str:
    try:
        outcome = here.play(each)
    except Astray as astray:
        figures["astray"] += 1
        return f"ASTRAY: {astray}"
    figures["decisions"] += outcome.decisions
    figures.update(cell.how for cell in each.cells)
    figures.update(finding.kind.value for finding in outcome.findings)
    return ", ".join(map(str, outcome.findings)) or f"ok in {outcome.seconds:.1f} s"


def _stop(number: int, frame: FrameType | None) -> None:
    """To be told to stop ends the run as an error does, and with it all that it has started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make crash`: every point by every way, one at a time; the figures on the last line, and an exit code that tells.

Words choose: `python -m tests.crash sent kill` plays only the rounds whose name holds all of these words, and
`--times 20` plays each of them twenty times.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections import Counter
from types import FrameType

from soak.ledgers import Kind
from tests.crash.matrix import ALL_HOWS, Round, whole
from tests.crash.stage import Astray, Stage, stage

SPARE_TASKS = 20


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    options = _options(arguments)
    rounds = [each for each in whole() if all(word in str(each) for word in options.words)]
    figures: Counter[str] = Counter(cells=len(rounds))
    tasks = sum(each.decisions for each in rounds) // 2 + SPARE_TASKS
    with stage(tasks) as here:
        for turn in range(options.times):
            if turn:
                here.stock_up(tasks)
            for number, each in enumerate(rounds, 1 + turn * len(rounds)):
                print(f"{number}/{len(rounds) * options.times} {each}: {_told(here, each, figures)}", flush=True)
    bad = sum(figures[kind.value] for kind in Kind) + figures["astray"]
    counted = ("cells", *ALL_HOWS, "decisions", "astray", *(kind.value for kind in Kind))
    print("; ".join(f"{name} {figures[name]}" for name in counted))
    return 1 if bad or not rounds else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="play only rounds whose name holds it")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="play each round so often (1)")
    options = parser.parse_args(arguments)
    if options.times < 1:
        parser.error("--times must be at least 1")
    return options


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

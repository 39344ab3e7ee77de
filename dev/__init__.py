# ruff: noqa: I002, UP036 - a Python too old for the project has to be able to read this file and say so.
import sys

if sys.version_info < (3, 11):
    sys.exit("Countersign needs Python 3.11 or newer; set PYTHON, for instance: make demo PYTHON=python3.12")

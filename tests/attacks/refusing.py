"""PostgreSQL answers some statements with an error that no code expects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

# As a constraint would, it tells the whole row that it refuses.
_REFUSE = """
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'refused' USING DETAIL = 'Failing row contains ' || COALESCE(NEW::text, OLD::text);
    END $$;
    CREATE TRIGGER refuse BEFORE {statement} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()
"""


@contextmanager
def refusing(database: psycopg.Connection[Any], table: str, statement: str) -> Iterator[None]:
    """`statement` is such as "INSERT OR UPDATE". The connection must commit by itself."""
    names = {"table": sql.Identifier(table), "statement": sql.SQL(statement)}
    database.execute(sql.SQL(_REFUSE).format(**names))
    try:
        yield
    finally:
        database.execute(sql.SQL("DROP TRIGGER refuse ON {table}").format(**names))

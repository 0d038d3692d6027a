"""Databases in the forms that earlier programs left, and processes that open them."""

import multiprocessing
import os
from multiprocessing.process import BaseProcess
from typing import Any

from sqlalchemy import Engine, inspect, text

from pargrade.database import Schema, open_database, transaction
from pargrade.database.migration import upgrade
from pargrade.process import failpoint

FORK = multiprocessing.get_context("fork")
"""Real processes without the seconds that a fresh interpreter takes to import everything."""


def leave_unversioned(url: str, schema: Schema, version: str) -> Engine:
    """Makes the tables of a version from before databases said theirs."""
    engine = open_database(url)
    with transaction(engine) as connection:
        for tables in schema.tables:
            wanted = [t for t in tables.sorted_tables if t.name in schema.unversioned[version]]
            tables.create_all(connection, wanted)
    return engine


def made_by_scripts(url: str, schema: Schema) -> Engine:
    """A database that went through every script from the first on."""
    engine = open_database(url)
    with transaction(engine) as connection:
        upgrade(connection, schema)
    return engine


def describe(engine: Engine) -> dict[str, Any]:
    """Every table with its columns, keys and indices, and the version."""
    seen = inspect(engine)
    found: dict[str, Any] = {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(name)],
            seen.get_pk_constraint(name),
            [
                (key["constrained_columns"], key["referred_table"])
                for key in seen.get_foreign_keys(name)
            ],
            seen.get_indexes(name),
        )
        for name in seen.get_table_names()
    }
    with transaction(engine) as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql <> ''"))
            found["sql"] = {name: " ".join(sql.split()) for name, sql in rows}
        found["version"] = connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar_one()
    return found


def start_opening(url: str, schema_name: str, kill_at: str = "") -> BaseProcess:
    """A process that opens a database, and kills itself at a step where one is named."""
    process = FORK.Process(target=_open, args=(url, schema_name, kill_at))
    process.start()
    return process


def schemas() -> dict[str, Schema]:
    """Every schema of the program, by name."""
    from bridge.gate.attester.journal import ATTESTATIONS
    from bridge.gate.ledger.store import GATE
    from bridge.orders.log.store import RELAY
    from bridge.schema import BRIDGE
    from oracle.consensus.fee_store import FEES
    from oracle.consensus.sighting_store import SIGHTINGS
    from oracle.fetch.tables import FETCHED
    from oracle.journal.tables import JOURNAL
    from oracle.protocol_store.tables import INPUTS, PROMISES

    oracle = (FEES, FETCHED, JOURNAL, SIGHTINGS, PROMISES, INPUTS)
    known = (BRIDGE, *oracle, RELAY, GATE, ATTESTATIONS)
    return {schema.name: schema for schema in known}


def _open(url: str, schema_name: str, kill_at: str) -> None:
    # As a process that has reached no step yet.
    vars(failpoint)["_times"].clear()
    os.environ[failpoint.VARIABLE] = kill_at
    open_database(url, schemas()[schema_name]).dispose()

"""The database, and the migrations that it has had. Each is applied whole or not at all."""

from contextlib import contextmanager
from pathlib import Path

import psycopg2

from . import settings


def migrations():
    return sorted((Path(__file__).parent / "migrations").glob("*.sql"))


@contextmanager
def connect():
    connection = psycopg2.connect(settings.DSN)
    try:
        yield connection
    finally:
        connection.close()


def applied(connection):
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('migrations')")
        if cursor.fetchone()[0] is None:
            return set()
        cursor.execute("SELECT name FROM migrations")
        return {name for (name,) in cursor}


def apply(connection, migration):
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())")
        cursor.execute(migration.read_text())
        cursor.execute("INSERT INTO migrations (name) VALUES (%s)", (migration.stem,))


def items(connection):
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, price FROM items ORDER BY name")
        return cursor.fetchall()

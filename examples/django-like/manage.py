#!/usr/bin/python3
"""The commands of the application, as Django names them: `migrate`, `showmigrations`, `collectstatic DIR`, `check`, `runserver`."""

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    migrate = commands.add_parser("migrate", help="apply the migrations that are pending")
    migrate.add_argument("--noinput", action="store_true", help="nothing is ever asked")
    show = commands.add_parser("showmigrations", help="[X] is applied, [ ] is pending")
    show.add_argument("--plan", action="store_true", help="in the order in which they are applied, as always here")
    collect = commands.add_parser("collectstatic", help="copy the static files to where a web server finds them")
    collect.add_argument("directory")
    commands.add_parser("check", help="whether the database answers and no migration is pending")
    commands.add_parser("runserver", help="serve")
    args = parser.parse_args()

    # Only here, so that static files can be collected where there is no database.
    if args.command == "collectstatic":
        shutil.copytree(Path(__file__).resolve().parent / "shop" / "static", args.directory, dirs_exist_ok=True)
        return 0
    from shop import database, server

    if args.command == "runserver":
        return server.serve()
    with database.connect() as connection:
        applied = database.applied(connection)
        if args.command == "check":
            pending = [each.stem for each in database.migrations() if each.stem not in applied]
            if pending:
                print("pending: " + " ".join(pending), file=sys.stderr)
            return 1 if pending else 0
        for each in database.migrations():
            if args.command == "showmigrations":
                print(f"[{'X' if each.stem in applied else ' '}]  {each.stem}")
            elif each.stem not in applied:
                print(f"Applying {each.stem} ...", flush=True)
                database.apply(connection, each)
    return 0


if __name__ == "__main__":
    sys.exit(main())

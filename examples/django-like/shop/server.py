"""The pages: `/` lists what the shop sells, `/version` is the package's version, the rest are static and media files."""

import html
import mimetypes
from pathlib import Path
from wsgiref.simple_server import make_server

from . import database, settings

HERE = Path(__file__).resolve().parent.parent


def version():
    file = HERE / "VERSION"
    return file.read_text().strip() if file.exists() else "a working tree"


def page():
    with database.connect() as connection:
        rows = "".join(f"<li>{html.escape(name)}: {price}</li>" for name, price in database.items(connection))
    return f'<!doctype html><link rel="stylesheet" href="/static/shop.css"><h1>{html.escape(settings.TITLE)}</h1><ul>{rows}</ul>'


def file_below(folder, name):
    file = (folder / name).resolve()
    return file if file.is_relative_to(folder.resolve()) and file.is_file() else None


def application(environ, start_response):
    path = environ.get("PATH_INFO", "/")
    status, kind, body = "404 Not Found", "text/plain; charset=utf-8", b"nothing here\n"
    try:
        if path == "/":
            status, kind, body = "200 OK", "text/html; charset=utf-8", page().encode()
        elif path == "/version":
            status, body = "200 OK", f"{version()}\n".encode()
        for prefix, folder in (("/static/", HERE / "static"), ("/media/", Path(settings.MEDIA))):
            file = file_below(folder, path.removeprefix(prefix)) if path.startswith(prefix) else None
            if file:
                status, kind, body = "200 OK", mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes()
    except Exception as error:  # What is wrong is told to who looks after the shop, not to who visits it.
        print(f"{path}: {error}", flush=True)
        status, kind, body = "500 Internal Server Error", "text/plain; charset=utf-8", b"something is wrong\n"
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def serve():
    with make_server("127.0.0.1", settings.PORT, application) as server:
        print(f"serving {version()} on port {settings.PORT}", flush=True)
        server.serve_forever()

"""A Hub on the loopback interface that answers what a test says, and remembers what it was asked.

Answers are shaped as version 2 of the Hub's API shapes them; projects, communities and their words are invented.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "k3y-that-must-not-show"

SONGS = "5f2b1c9e-0000-4000-8000-000000000001"
PLACES = "5f2b1c9e-0000-4000-8000-000000000002"
SECRET_SACRED = "aaaaaaaa-0000-4000-8000-000000000001"
ATTRIBUTION = "aaaaaaaa-0000-4000-8000-000000000002"
CLAN = "aaaaaaaa-0000-4000-8000-000000000003"

Behaviour = Callable[[BaseHTTPRequestHandler], None]


def label(id_: str, label_type: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "unique_id": id_,
        "name": name,
        "label_type": label_type,
        "language_tag": "en",
        "language": "English",
        "label_text": f"{name}: an illustrative text.",
        "img_url": f"https://storage.example/{label_type}.png",
        "svg_url": f"https://storage.example/{label_type}.svg",
        "audiofile": None,
        "community": {"id": 7, "name": "An illustrative village", "profile_url": "https://hub.example/communities/7"},
        "translations": [],
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
        **more,
    }


def notice(notice_type: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "notice_type": notice_type,
        "name": name,
        "img_url": f"https://storage.example/{notice_type}.png",
        "svg_url": f"https://storage.example/{notice_type}.svg",
        "default_text": f"{name}: an illustrative text.",
        "translations": [],
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
        **more,
    }


def project(id_: str = SONGS, **more: Any) -> dict[str, Any]:
    return {
        "unique_id": id_,
        "external_ids": {"providers_id": None, "publication_doi": None, "project_data_guid": None},
        "source_project_uuid": None,
        "project_page": f"https://hub.example/projects/{id_}/",
        "title": "Illustrative songs",
        "description": "A description that is nobody's to keep.",
        "project_type": "Sound",
        "project_contact": {"name": "Nobody", "email": "nobody@example.org"},
        "urls": [],
        "project_privacy": "Public",
        "date_added": "2026-01-01T00:00:00Z",
        "date_modified": "2026-01-02T00:00:00Z",
        "created_by": [],
        "contributors": {"institutions": [], "communities": [], "researchers": [], "others": []},
        "notice": [],
        "bc_labels": [],
        "tk_labels": [],
        "sub_projects": [],
        "related_projects": [],
        "project_boundary_geojson": None,
        **more,
    }


def says(data: Any, status: int = 200) -> Behaviour:
    """Answers with JSON."""
    return sends(json.dumps(data).encode(), status, "application/json")


def sends(body: bytes, status: int = 200, kind: str = "text/html", **headers: str) -> Behaviour:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return behave


MISSING = says({"detail": "Not found."}, 404)
NO_KEY = says({"detail": "Authentication not provided."}, 401)
DENIED = says({"detail": "You do not have permission to view this call."}, 403)
BROKEN = sends(b"<h1>Server Error (500)</h1>", 500)


class FakeHub:
    """`answers` maps a project's UUID to what is done when it is asked for; `asked` has path and headers of each."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.released = threading.Event()

    def hang(self, _request: BaseHTTPRequestHandler) -> None:
        """Say nothing until the test is over."""
        self.released.wait(30)

    def trickle(self, request: BaseHTTPRequestHandler) -> None:
        """Promise much, and send it byte by byte."""
        request.send_response(200)
        request.send_header("Content-Length", "100000")
        request.end_headers()
        try:
            while not self.released.wait(0.05):
                request.wfile.write(b" ")
                request.wfile.flush()
        except OSError:
            return


@contextmanager
def serving() -> Iterator[FakeHub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append((self.path, dict(self.headers)))
            id_ = self.path.rstrip("/").rpartition("/")[2]
            hub.answers.get(id_, MISSING)(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub = FakeHub(f"http://127.0.0.1:{server.server_address[1]}/api/v2")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)

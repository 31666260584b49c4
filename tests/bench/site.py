"""The site of the course: seconds of its build, size, and what Chromium requests from other sites on each page.

    python tests/bench/site.py

Needs the extra `site`; without Chromium the requests are not counted. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from _machine import machine

from labkit.cli import help_texts
from labkit.site.build import Site, build

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
from conftest import FLAGS, chromium


def requests(site: Site) -> list[str]:
    """The addresses that the pages request, but those of the links to source code."""
    from playwright.sync_api import sync_playwright

    seen: list[str] = []
    handler = partial(SimpleHTTPRequestHandler, directory=str(site.folder))
    SimpleHTTPRequestHandler.log_message = lambda *_: None  # type: ignore[method-assign]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        page.on("request", lambda request: seen.append(request.url))
        for file in site.folder.rglob("*.html"):
            name = file.relative_to(site.folder).as_posix()
            if not name.startswith("_modules/"):
                page.goto(f"http://127.0.0.1:{server.server_port}/{name}")
        browser.close()
        server.shutdown()
    return [url for url in seen if not url.startswith(("data:", "blob:"))]


def main() -> None:
    """Builds the site once and prints its figures."""
    print(machine())
    with tempfile.TemporaryDirectory() as room:
        began = time.perf_counter()
        site = build(Path(room) / "site", commands=help_texts())
        seconds = time.perf_counter() - began
        print(f"{seconds:.1f} s, {site.files} files, {site.megabytes:.1f} MB, {len(site.warnings)} warnings")
        if chromium():
            seen = requests(site)
            foreign = [url for url in seen if not url.startswith("http://127.0.0.1:")]
            print(f"{len(seen)} requests, {len(foreign)} of them to another site")


if __name__ == "__main__":
    main()

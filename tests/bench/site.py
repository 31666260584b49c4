"""The site of the course: seconds of its build, size, and what Chromium requests from other sites on each page.

    python tests/bench/site.py

Needs the extra `site`; without Chromium the requests are not counted. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from _machine import machine

from labkit.cli import help_texts
from labkit.site import lite
from labkit.site.build import Site, build

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.browser.conftest import FLAGS, chromium
from tests.site.serving import serving


def requests(site: Site) -> list[str]:
    """The addresses that the pages request, and JupyterLite with a lesson and a trace; not those of the source code."""
    from playwright.sync_api import sync_playwright

    seen: list[str] = []
    with serving(site.folder) as root, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        page.on("request", lambda request: seen.append(request.url))
        for file in site.folder.rglob("*.html"):
            name = file.relative_to(site.folder).as_posix()
            if not name.startswith(("_modules/", f"{lite.NAME}/")):
                page.goto(f"{root}/{name}")
        for path in ("01-watch-it-think.ipynb", "traces/smollm2-make-24.trace.json"):
            page.goto(f"{root}/{lite.address(path)}")
            page.locator(".flow [data-i='30']:visible").first.click(timeout=60_000)
        browser.close()
    return [url for url in seen if not url.startswith(("data:", "blob:"))]


def size_of(folder: Path) -> float:
    """The size of the files in a folder, in megabytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    """Builds the site once and prints its figures."""
    print(machine())
    with tempfile.TemporaryDirectory() as room:
        began = time.perf_counter()
        site = build(Path(room) / "site", commands=help_texts())
        seconds = time.perf_counter() - began
        parts = {"lite": size_of(site.folder / lite.NAME), "lessons": size_of(site.folder / "lessons")}
        print(", ".join(f"{name} {megabytes:.1f} MB" for name, megabytes in parts.items()))
        print(f"{seconds:.1f} s, {site.files} files, {site.megabytes:.1f} MB, {len(site.warnings)} warnings")
        if chromium():
            seen = requests(site)
            foreign = [url for url in seen if not url.startswith("http://127.0.0.1:")]
            print(f"{len(seen)} requests, {len(foreign)} of them to another site")


if __name__ == "__main__":
    main()

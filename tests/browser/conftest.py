"""A real JupyterLab on loopback and a real Chromium: the fixture `lab`.

    def test_it(lab):
        page = lab.open("notebooks/01-watch-it-think.ipynb")   # copied into the server's folder
        lab.run_all(page)
        ...
        lab.assert_quiet()      # no console error, no request that leaves loopback

The browser is `LABKIT_CHROMIUM`, or the first of chromium, chromium-browser and google-chrome.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from labkit.site.play import write_playground

REPO = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
# The notebook is made the current widget, which is what commands act on: a page that opens without
# the focus may have none, and then "run all cells" runs nothing.
KERNEL_IDLE = """() => {
  const { shell } = window.jupyterapp;
  const notebook = [...shell.widgets("main")].find((widget) => widget.context?.sessionContext);
  if (notebook && shell.currentWidget !== notebook) shell.activateById(notebook.id);
  return shell.currentWidget?.context?.sessionContext?.session?.kernel?.status === "idle";
}"""
KERNEL_START = 45_000  # ms; a kernel that has not come by then is asked for once more, as a reader would
SERVER_START = 240  # s; on a machine that is busy otherwise a server needs more than a minute
SERVER_END = 60  # s; a server that has not ended by then is ended for good
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def chromium() -> str | None:
    """The browser to drive."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("LABKIT_CHROMIUM") or next((p for p in map(shutil.which, names) if p), None)


class Lab:
    """A running JupyterLab, and what its pages complained of."""

    def __init__(self, url: str, root: Path, browser: Any) -> None:
        self.url, self.root = url, root
        self.console_errors: list[str] = []
        self.foreign_requests: list[str] = []
        self._browser, self._contexts = browser, []

    def open(self, notebook: str | Path, *, kernel: bool = True, dark: bool = False) -> Any:
        """Opens a notebook (copied in if it is a file elsewhere) and waits for its kernel."""
        source = Path(notebook)
        if not source.is_absolute() and not (self.root / source).exists():
            source = REPO / source
        if source.is_absolute():
            shutil.copy(source, self.root / source.name)
        page = self._page(kernel)
        self._visit(page, source.name)
        light = str(not dark).lower()  # the theme is a setting, and the server keeps it
        if page.evaluate("document.body.dataset.jpThemeLight") != light:
            self.command(page, "apputils:change-theme", theme=f"JupyterLab {'Dark' if dark else 'Light'}")
            page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        if kernel:
            self._wait_for_kernel(page, source.name)
        page.evaluate("window.jupyterapp.shell.collapseLeft()")
        return page

    def _visit(self, page: Any, name: str) -> None:
        page.goto(self._address(name), wait_until="domcontentloaded")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=180_000)

    def _wait_for_kernel(self, page: Any, name: str) -> None:
        """Waits for an idle kernel; one that hangs while it starts (seen once in 60 runs) is started anew."""
        from playwright.sync_api import TimeoutError as Late

        try:
            page.wait_for_function(KERNEL_IDLE, timeout=KERNEL_START)
        except Late:
            print(f"no kernel for {name}; the server has {self._api('sessions')}", file=sys.stderr)
            self.shut_kernels()
            self._visit(page, name)
            page.wait_for_function(KERNEL_IDLE, timeout=2 * KERNEL_START)

    def open_file(self, name: str) -> Any:
        """Opens a file of the server's folder with what JupyterLab takes for it."""
        page = self._page()
        page.goto(self._address(name), wait_until="domcontentloaded")
        return page

    def _address(self, name: str) -> str:
        workspace = f"w{len(self._contexts)}-{time.time_ns()}"
        return f"{self.url}/lab/workspaces/{workspace}/tree/{name}?reset"

    def _page(self, kernel: bool = True) -> Any:
        context = self._browser.new_context(
            viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: self.console_errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.console_errors.append(str(e)))
        page.on("request", self._seen)
        if not kernel:  # JupyterLab then opens the notebook and finds nothing to run it with
            page.route("**/api/sessions*", refuse_kernels)
        return page

    def command(self, page: Any, name: str, **args: Any) -> None:
        """Executes a JupyterLab command without waiting for its end."""
        page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args) }", [name, args])

    def run_all(self, page: Any) -> None:
        """Runs every cell; returns at once."""
        self.command(page, "notebook:run-all-cells")

    def click_token(self, page: Any, row: int, text: str) -> None:
        """Clicks where a token of a fork view is painted: it has no element of its own."""
        where = page.locator(".rows .text").nth(row).evaluate(
            """(e, text) => {
              const range = document.createRange();
              const node = e.firstChild, at = node.textContent.indexOf(text);
              range.setStart(node, at); range.setEnd(node, at + text.length);
              const box = range.getBoundingClientRect();
              return [box.left + box.width / 2, box.top + box.height / 2];
            }""",
            text,
        )  # fmt: skip
        page.mouse.click(*where)

    def wait_idle(self, page: Any, timeout: float = 60_000) -> None:
        """Waits until every cell has run."""
        page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('*'))",
            timeout=timeout,
        )

    def save(self, page: Any) -> None:
        """Saves the notebook and waits for the file."""
        page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")

    def shut_kernels(self) -> None:
        """Ends every kernel of the server."""
        for session in self._api("sessions"):
            self._api(f"sessions/{session['id']}", "DELETE")

    def assert_quiet(self) -> None:
        """No console error and no request off loopback since the fixture began."""
        assert self.foreign_requests == []
        assert self.console_errors == []

    def close(self) -> None:
        """Closes the pages of one test, and its kernels."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        self.shut_kernels()
        self.console_errors.clear()
        self.foreign_requests.clear()

    def _seen(self, request: Any) -> None:
        where = urlsplit(request.url)
        if where.scheme not in ("data", "blob") and where.hostname not in LOOPBACK:
            self.foreign_requests.append(request.url)

    def _api(self, path: str, method: str = "GET") -> Any:
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/api/{path}", method=method)
        ) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def refuse_kernels(route: Any) -> None:
    """Answers the wish for a kernel with no."""
    if route.request.method == "POST":
        route.fulfill(status=500, json={"message": "no kernels today"})
    else:
        route.continue_()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab with the committed plugin, and nothing of the user's settings."""
    with serving(tmp_path_factory.mktemp("lab")) as server:
        yield server


@contextmanager
def serving(home: Path, python: str = sys.executable, app: str = "jupyterlab") -> Iterator[tuple[str, Path]]:
    """A JupyterLab with the committed plugin whose files are all in `home`: its address and its folder.

    Args:
        home: an empty folder.
        python: the interpreter of the environment that has JupyterLab; its kernel imports labkit of this clone.
        app: "jupyterlab", or "notebook" for Jupyter Notebook 7.
    """
    root, share = home / "work", home / "share"
    root.mkdir()
    shutil.copytree(REPO / "labkit/jupyter/labextension", share / "labextensions/labkit")
    write_playground(share / "labextensions/labkit/static/play")  # as in a wheel
    (home / "config/labconfig").mkdir(parents=True)
    (home / "config/labconfig/default_setting_overrides.json").write_text(json.dumps(QUIET))
    env = os.environ | {
        "JUPYTER_PATH": str(share), "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(REPO), str(REPO / "tests/views"), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    port = free_port()
    command = [
        python, "-m", app, "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password=",
        f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True", "--LabApp.news_url=",
        "--ServerApp.disable_check_xsrf=True",
    ]  # fmt: skip
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, cwd=root)
        try:
            wait_for(f"http://127.0.0.1:{port}/api", home / "log", server)
            yield f"http://127.0.0.1:{port}", root
        finally:
            server.terminate()
            try:
                server.wait(SERVER_END)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for(url: str, log: Path, server: subprocess.Popen[bytes]) -> None:
    """Waits until the server answers."""
    end = time.monotonic() + SERVER_START
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def lab(browser: Any, lab_server: tuple[str, Path]) -> Iterator[Lab]:
    """JupyterLab and a browser for one test."""
    url, root = lab_server
    found = Lab(url, root, browser)
    yield found
    found.close()

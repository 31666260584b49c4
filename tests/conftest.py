"""What every test may rely on."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# A test run that was started in the background ignores Ctrl-C, and so would every kernel that it starts:
# Interrupt would do nothing, here and in them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline of 200 ms would fail any test on a machine that does something else beside it.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# What a test answers in an exercise is nobody's progress; the kernels of the tests read the same variable.
os.environ["LABKIT_PROGRESS"] = tempfile.mkdtemp(prefix="labkit-progress-")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium that resolves no name but loopback: one for a process, where Playwright can run once."""
    from tests.browser.conftest import FLAGS, chromium

    path = chromium()
    if path is None:
        pytest.skip("no Chromium here; install one or set LABKIT_CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        chrome = p.chromium.launch(executable_path=path, args=FLAGS)
        yield chrome
        chrome.close()

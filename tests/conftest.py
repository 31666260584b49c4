"""What every test may rely on."""

from __future__ import annotations

import os
import signal
import tempfile

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

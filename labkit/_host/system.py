"""Which system this is, where the answer changes what labkit does."""

import os
import sys

WINDOWS = os.name == "nt"
WEB_PAGE = sys.platform == "emscripten"  # Pyodide, where no process can be started

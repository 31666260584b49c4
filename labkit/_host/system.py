"""Identifies the operating system, where labkit depends on it."""

import os
import sys

WINDOWS = os.name == "nt"
WEB_PAGE = sys.platform == "emscripten"  # Pyodide, which cannot start processes

"""Which system this is, where the answer changes what labkit does."""

import os

WINDOWS = os.name == "nt"

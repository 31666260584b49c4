"""The largest records and files that are read."""

from labkit._host.untrusted import MB

MAX_RECORD = 64 * MB  # bytes of one record
MAX_FILE = 512 * MB  # bytes of a file that is parsed at once: a JSON list, a CSV table

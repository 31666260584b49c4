"""How long Stop takes with a server that sends one token and then falls silent.

    python tests/bench/stop_latency.py [--n 20]

Prints the median and the longest time from Stop to the returned trace, and how long the server keeps the connection.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import threading
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import labkit

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nConnection: close\r\n\r\n"
MODELS = {"data": [{"id": "tiny", "object": "model", "owned_by": "bench"}], "object": "list"}
TOKEN = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny",
         "choices": [{"index": 0, "delta": {"content": "I"}}]}  # fmt: skip


class SilentServer:
    """Answers each question with one token, then waits until the client hangs up."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.token_sent, self.hung_up = threading.Event(), threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        if b"/models" in connection.recv(65_536).splitlines()[0]:
            connection.sendall((HEAD.format("application/json") + json.dumps(MODELS)).encode())
        else:
            connection.sendall((HEAD.format("text/event-stream") + f"data: {json.dumps(TOKEN)}\n\n").encode())
            self.token_sent.set()
            while connection.recv(65_536):
                pass
            self.hung_up.set()
        connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20)
    n = parser.parse_args().n
    server = SilentServer()
    model = labkit.load(f"http://127.0.0.1:{server.socket.getsockname()[1]}/v1")
    returned, closed = [], []
    for _ in range(n):
        server.token_sent.clear()
        server.hung_up.clear()
        pressed: list[float] = []

        def press_interrupt(pressed: list[float] = pressed) -> None:
            import _thread

            server.token_sent.wait()
            time.sleep(0.2)
            pressed.append(time.perf_counter())
            _thread.interrupt_main()

        threading.Thread(target=press_interrupt, daemon=True).start()
        trace = model.think("Using 3, 5 and 9, make 24.", show=False)
        returned.append(1000 * (time.perf_counter() - pressed[0]))
        server.hung_up.wait(5)
        closed.append(1000 * (time.perf_counter() - pressed[0]))
        assert trace.finish == "interrupted" and trace.text == "I"
    for name, values in (("think returns", returned), ("the connection is closed", closed)):
        print(f"{name} after Stop: median {statistics.median(values):.0f} ms, longest {max(values):.0f} ms")


if __name__ == "__main__":
    main()

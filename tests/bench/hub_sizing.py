"""How many students one machine holds: kernels side by side, each with R1-mini loaded, all thinking at the same time.

    python tests/bench/hub_sizing.py               1, 2, 4, 8, ... kernels, until 2 GB are left
    python tests/bench/hub_sizing.py --most 8

For each number of kernels: the megabytes that one more kernel takes (USS, what only it uses, and PSS, with its share of
what kernels share), and the seconds from the first to the last thought when all kernels think at once. The last lines
extrapolate to 200 students; extrapolated figures are marked. JupyterHub, its proxy and a student's browser are not in it.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from statistics import mean

import psutil
from _machine import machine
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

LOAD = "import labkit\nmodel = labkit.load()\nmodel.think('Using 3, 5 and 9, make 24.', seed=0, show=False)"
THINK = "trace = model.think('Using 3, 5 and 9, make 24.', seed=1, show=False)"
LEFT = 2e9  # bytes that stay free
CLASS = 200


def run_all(clients: list[BlockingKernelClient], code: str) -> float:
    """Seconds until every kernel has run the code, which all begin at once."""
    begin = time.perf_counter()
    requests = [(client, client.execute(code)) for client in clients]
    for client, request in requests:
        while True:
            reply = client.get_shell_msg(timeout=600)
            if reply["parent_header"].get("msg_id") == request:
                assert reply["content"]["status"] == "ok", reply["content"]
                break
    return time.perf_counter() - begin


def main() -> None:
    """Prints a line for each number of kernels, then what 200 students need."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=32, help="kernels")
    args = parser.parse_args()
    print(machine())
    print("kernels   USS MB   PSS MB   seconds for a thought of each")
    with ExitStack() as stack:
        clients: list[BlockingKernelClient] = []
        processes: list[psutil.Process] = []
        number, seconds, uss, pss = 1, 0.0, 0.0, 0.0
        while number <= args.most:
            for _ in range(number - len(clients)):
                manager, client = start_new_kernel()
                stack.callback(manager.shutdown_kernel, now=True)
                stack.callback(client.stop_channels)
                run_all([client], LOAD)
                clients.append(client)
                processes.append(psutil.Process(manager.provisioner.pid))
            seconds = min(run_all(clients, THINK) for _ in range(3))
            memory = [process.memory_full_info() for process in processes]
            uss, pss = mean(m.uss for m in memory) / 1e6, mean(m.pss for m in memory) / 1e6
            print(f"{number:7} {uss:8.0f} {pss:8.0f} {seconds:9.2f}", flush=True)
            if psutil.virtual_memory().available - number * uss * 1e6 < LEFT:
                break
            number *= 2
    cores, each = psutil.cpu_count() or 1, seconds * (psutil.cpu_count() or 1) / len(clients)
    print(
        f"one thought takes {each:.2f} core-seconds when {len(clients)} kernels think at once on {cores} cores"
    )
    print(
        f"extrapolated, {CLASS} students: {CLASS * uss / 1e3:.0f} GB; one thought each on {cores} cores: {CLASS * each / cores:.0f} s"
    )


if __name__ == "__main__":
    main()

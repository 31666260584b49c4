r"""How long a group of 16 hostile formulas keeps `math_accuracy` busy.

    python tests/bench/hostile_formulas.py

Prints the verdict and the seconds of each formula, and of the group. A model that repeats a formula waits once.
"""

from __future__ import annotations

import time

from labkit.rewards import breakdown, math_accuracy

FORMULAS = [
    r"9^{9^{9^{9}}}", r"9^{9^9}", r"10^{10^{10}}", r"(10^{10})^{(10^{10})}", "10000000!", "((99!)!)!",
    r"\binom{10^9}{5\cdot10^8}", r"\sum_{n=1}^{10^9} n^{-2}", r"\sum_{k=1}^{\infty}\frac{\sin k}{k^3}",
    r"\int_0^1 e^{-x^2}\sin(x^3)\,dx", r"\prod_{k=1}^{10^7} k", "(a+b+c+d+e)^{200}",
    r"\frac{1}{1+" * 60 + "x" + "}" * 60, r"\sin(" * 80 + "1" + ")" * 80, "{" * 200 + "2" + "}" * 200,
    r"\left(\frac{3}{2}\right)^{99999999}",
]  # fmt: skip


def main() -> None:
    """Judges each formula by the solution 2."""
    math_accuracy([r"\boxed{1}"], solution=["2"])  # starts the comparing process
    wall, began = time.perf_counter(), time.perf_counter()
    for formula in FORMULAS:
        (part,) = breakdown(rf"\boxed{{{formula}}}", {"solution": "2"}, rules=[math_accuracy]).parts
        print(f"{time.perf_counter() - began:6.2f} s  {part.value}  {formula[:40]:40}  {part.why}")
        began = time.perf_counter()
    print(f"{time.perf_counter() - wall:6.2f} s  {len(FORMULAS)} formulas")


if __name__ == "__main__":
    main()

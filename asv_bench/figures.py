"""The figures of zygcore in one table: ``python asv_bench/figures.py``.

All programs are timed in turn, round after round, so that a neighbour on the
machine disturbs gradient and control alike; a ratio is that of one round, and
the table shows the median of the rounds and the ratio of the minima.
"""

import argparse
import gc
import json
import platform
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field

import numpy as np
import peers
from benchmarks.arrays import (
    ARRAY_PROGRAMS,
    elements,
    operations,
    operations_by_hand,
    peak_of_chain,
)
from benchmarks.importing import import_seconds
from benchmarks.nesting import SCALAR, VARIABLES, nested_gradient, rosenbrock
from benchmarks.programs import PROGRAMS, appends, loop_100, new_function, pow_, sincos, tape
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import zygcore as zg

#: figure -> the most it may be: times of CPython running the plain function,
#: or what the unit says
GOALS = {
    "pow_1000": 0.5,
    "loop_100": 1.0,
    "logsumexp": 1.5,
    "pow_rec_500": 2.0,
    "sum_of_1000": 2.0,
    "nbody_1000": 2.0,
    "appends": 1.5,
    "call latency": 1.5,
    "first gradient": 5.0,
    "import": 40.0,
    "tape": 32.0,
    "logistic 100x20": 1.15,
    "network, batch 1": 1.15,
    "network, batch 64": 1.15,
    "logsumexp of 100": 1.15,
    "chain of 1e6": 1.15,
    "array operation": 0.6,
    "array element": 100.0,
    "chain's peak": 9.0,
    "jvp of pow_1000": 1.0,
    "jvp of loop_100": 1.0,
    "jvp of pow_rec_500": 1.0,
    "reverse of reverse": 6.0,
    "Hessian of 100": 60.0,
}


@dataclass
class Figure:
    """One row. `value` is a median, `least` a minimum (or of minima)."""

    name: str
    unit: str
    value: float
    least: float
    primal_us: float | None = None
    gradient_us: float | None = None
    peers: dict = field(default_factory=dict)

    @property
    def goal(self):
        return GOALS[self.name]

    @property
    def ok(self):
        return self.value <= self.goal


def batch(call, seconds):
    """How many calls take about `seconds`."""
    number = 1
    while True:
        took = once(call, number) * number
        if took >= seconds / 2:
            return max(1, round(number * seconds / took))
        number *= 4


def once(call, number):
    """Seconds a call, on average over `number` calls."""
    repeat = range(number)
    start = time.perf_counter()
    for _ in repeat:
        call()
    return (time.perf_counter() - start) / number


def interleaved(calls, rounds, seconds, advance):
    """Seconds a call of each of `calls`, one number a round, in turn."""
    for call in calls.values():
        call()
    numbers = {key: batch(call, seconds) for key, call in calls.items()}
    times = {key: [] for key in calls}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for key, call in calls.items():
                times[key].append(once(call, numbers[key]))
            advance()
    finally:
        gc.enable()
    return times


def ratios(top, bottom):
    """Median of the ratios of the rounds, and the ratio of the minima."""
    pairs = zip(top, bottom, strict=True)
    return statistics.median(a / b for a, b in pairs), min(top) / min(bottom)


def run_programs(rounds, seconds, with_peers, advance):
    """Gradient over primal of each program, and the latency of a call."""
    peer_of = peers.available() if with_peers else {}
    calls = {}
    for program in PROGRAMS:
        f, x = program.function, program.argument
        calls[program.name, "primal"] = lambda f=f, x=x: f(x)
        calls[program.name, "gradient"] = lambda f=f, x=x: zg.gradient(f, x)
        for name, make in peer_of.items():
            call = of_peer(make, program)
            if call is not None:
                calls[program.name, name] = call
    calls["call latency", "primal"] = lambda: sincos(0.5)
    calls["call latency", "gradient"] = lambda: zg.gradient(sincos, 0.5)

    times = interleaved(calls, rounds, seconds, advance)
    for program in PROGRAMS:
        yield compared(program.name, "× primal", times, "primal", peer_of)
    primal, gradient = times["call latency", "primal"], times["call latency", "gradient"]
    median = statistics.median(gradient) * 1e6
    yield Figure("call latency", "µs", median, min(gradient) * 1e6, *micro(primal, gradient))


def compared(program, unit, times, control, peers):
    """The gradients of a program, ours and those of the peers that run it, over `control`."""
    base, gradient = times[program, control], times[program, "gradient"]
    others = {name: ratios(times[program, name], base)[0] for name in peers
              if (program, name) in times}  # fmt: skip
    return Figure(program, unit, *ratios(gradient, base), *micro(base, gradient), others)


def of_peer(make, program):
    """The gradient of a peer; None if it cannot run the program."""
    try:
        call = make(program)
        call()
    except (TypeError, RuntimeError):
        return None
    return call


def micro(*times):
    return tuple(statistics.median(t) * 1e6 for t in times)


def run_arrays(rounds, seconds, with_peers, advance):
    """Gradients of programs on arrays over what is written by hand; costs of single operations."""
    calls, x, many = {}, np.array([0.1, 0.2, 0.3]), np.linspace(0.0, 1.0, 100_000)
    peer_of = peers.array_peers() if with_peers else {}
    for p in ARRAY_PROGRAMS:
        calls[p.name, "hand"] = p.hand_written()
        calls[p.name, "gradient"] = p.gradient()
        for name, make in peer_of.items():
            calls[p.name, name] = make(p)
    calls["operation", "hand"] = lambda: operations_by_hand(x)
    calls["operation", "gradient"] = lambda: zg.gradient(operations, x)
    calls["element", "plain"] = lambda: elements(many)
    calls["element", "gradient"] = lambda: zg.gradient(elements, many)
    times = interleaved(calls, rounds, seconds, advance)
    for p in ARRAY_PROGRAMS:
        yield compared(p.name, "× by hand", times, "hand", peer_of)
    for name, control, key, unit, count, scale in (
        ("array operation", "hand", "operation", "µs more", 40, 1e6),
        ("array element", "plain", "element", "ns more", len(many), 1e9),
    ):
        low, high = times[key, control], times[key, "gradient"]
        more = [scale * (b - a) / count for a, b in zip(low, high, strict=True)]
        yield Figure(name, unit, statistics.median(more), min(more), *micro(low, high))
    peak = peak_of_chain()
    yield Figure("chain's peak", "arrays", peak, peak)


def run_nesting(rounds, seconds, with_peers, advance):
    """Forward mode over the plain program; second derivatives over the gradient."""
    calls, peer_of = {}, peers.hessian_peers() if with_peers else {}
    for p in SCALAR:
        calls[p.name, "primal"] = lambda p=p: p.function(p.argument)
        calls[p.name, "jvp"] = lambda p=p: zg.jvp(p.function, (p.argument,), (1.0,))
    calls["loop", "gradient"] = lambda: zg.gradient(loop_100, 0.5)
    calls["loop", "second"] = lambda: nested_gradient(0.5)
    calls["Hessian", "gradient"] = lambda: zg.gradient(rosenbrock, VARIABLES)
    calls["Hessian", "second"] = lambda: zg.hessian(rosenbrock, VARIABLES)
    for name, make in peer_of.items():
        calls["Hessian", name] = make(VARIABLES)
    times = interleaved(calls, rounds, seconds, advance)
    for p in SCALAR:
        base, forward = times[p.name, "primal"], times[p.name, "jvp"]
        yield Figure(f"jvp of {p.name}", "× primal", *ratios(forward, base), *micro(base, forward))
    base, second = times["loop", "gradient"], times["loop", "second"]
    yield Figure("reverse of reverse", "× gradient", *ratios(second, base), *micro(base, second))
    base, second = times["Hessian", "gradient"], times["Hessian", "second"]
    others = {name: ratios(times["Hessian", name], base)[0] for name in peer_of}
    yield Figure(
        "Hessian of 100", "× gradient", *ratios(second, base), *micro(base, second), others
    )


def run_first_gradient(rounds):
    """The first gradient of code that has not been seen, in ms."""
    zg.gradient(new_function(), 0.5)
    firsts, primals = [], []
    for _ in range(rounds):
        f, control = new_function(), new_function()
        firsts.append(once(lambda f=f: zg.gradient(f, 0.5), 1))
        primals.append(once(lambda f=control: f(0.5), 1))
    median = statistics.median(firsts) * 1e3
    return Figure("first gradient", "ms", median, min(firsts) * 1e3, *micro(primals, firsts))


def run_appends(rounds, few=100_000, many=1_000_000):
    """Seconds for an append and a read of one of many active values, over that of one of few."""
    zg.gradient(appends, 0.5, few)
    small, large = [], []
    for _ in range(rounds):
        small.append(once(lambda: zg.gradient(appends, 0.5, few), 1) / few)
        large.append(once(lambda: zg.gradient(appends, 0.5, many), 1) / many)
    primal = [once(lambda: appends(0.5, many), 1) / many]
    return Figure("appends", "× fewer", *ratios(large, small), *micro(primal, large))


def run_import(rounds):
    """Import of zygcore when NumPy is there already, in ms."""
    import_seconds("zygcore", 1)
    times = [1e3 * t for t in import_seconds("zygcore", rounds)]
    return Figure("import", "ms", statistics.median(times), min(times))


def run_tape(n=10_000):
    """Bytes that a pullback holds for a recorded scalar operation."""
    _, back = zg.pullback(lambda x: pow_(x, n), 1.0000001)
    nbytes, nentries = tape(back)
    # One multiplication an iteration: fewer entries would not be a record of it.
    per_operation = nbytes / min(n, nentries) if nentries else float("inf")
    return Figure("tape", "bytes/op", per_operation, per_operation)


def show(figures, peer_names):
    peer_names = list(peer_names)
    table = Table(title="zygcore", title_justify="left")
    for heading in ("figure", "goal", "median", "minimum", "unit", "primal µs", "gradient µs"):
        table.add_column(
            heading, justify="left" if heading in ("figure", "unit") else "right", no_wrap=True
        )
    for name in peer_names:
        table.add_column(f"{name} ×", justify="right", no_wrap=True)
    table.add_column("")
    for f in figures:
        table.add_row(
            f.name,
            number(f.goal),
            number(f.value),
            number(f.least),
            f.unit,
            number(f.primal_us),
            number(f.gradient_us),
            *(number(f.peers.get(name)) for name in peer_names),
            "[green]ok[/]" if f.ok else "[bold red]over[/]",
        )
    console = Console()
    # Narrower, figures would be cut off; a terminal wraps the lines instead.
    console.width = max(console.width, 90 + 14 * len(peer_names))
    console.print(table)


def number(x):
    return "" if x is None else f"{x:.3g}" if x < 1000 else f"{x:.0f}"


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="default: %(default)s")
    parser.add_argument(
        "--seconds", type=float, default=0.01, help="of a program in a round; default: %(default)s"
    )
    parser.add_argument(
        "--peers", action="store_true", help="also autograd, PyTorch, JAX, those installed"
    )
    parser.add_argument("--json", metavar="PATH", help="write the figures here; - is stdout")
    parser.add_argument(
        "--strict", action="store_true", help="exit status 1 when a figure is over its goal"
    )
    return parser.parse_args(argv)


def main(argv=None):
    options = arguments(argv)
    with Progress(transient=True, console=Console(stderr=True)) as progress:
        task = progress.add_task("rounds", total=options.rounds)
        figures = list(
            run_programs(
                options.rounds, options.seconds, options.peers, lambda: progress.advance(task)
            )
        )
        figures += run_arrays(options.rounds, options.seconds, options.peers, lambda: None)
        figures += run_nesting(options.rounds, options.seconds, options.peers, lambda: None)
        figures.append(run_first_gradient(options.rounds))
        figures.append(run_appends(3))
        figures.append(run_import(options.rounds))
        figures.append(run_tape())
    if options.json != "-":
        show(figures, peers.available() if options.peers else [])
    if options.json:
        text = json.dumps(
            {
                "python": platform.python_version(),
                "machine": platform.machine(),
                "rounds": options.rounds,
                "figures": [{**asdict(f), "goal": f.goal, "ok": f.ok} for f in figures],
            },
            indent=2,
        )
        if options.json == "-":
            print(text)
        else:
            with open(options.json, "w", encoding="utf-8") as out:
                out.write(text + "\n")
    return 1 if options.strict and not all(f.ok for f in figures) else 0


if __name__ == "__main__":
    sys.exit(main())

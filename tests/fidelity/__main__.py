"""The command line: runs modules natively and in the machine and writes what it found."""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from fidelity import known, modules, report, runner


def run_natively(module, patience):
    """The control; what fails is given a second chance, as a busy machine disturbs some signals."""
    run = runner.run_module(module, machine=False, patience=patience)
    failed = run.named("failed")
    if failed:
        again = runner.run_module(module, machine=False, only=failed, patience=patience)
        run.cases.update({case: again.cases[case] for case in failed if case in again.cases})
    return run


def failures(native, machine):
    """What passes natively and does not pass in the machine."""
    missing = ("missing", "")
    return {
        case: machine.cases.get(case, missing)
        for case in native.named("passed")
        if machine.cases.get(case, missing)[0] != "passed"
    }


def say(module, native, machine, failed, verbose):
    passed = len(native.named("passed"))
    print(
        f"{module:28} {len(native.cases):5} cases {passed:5} natively "
        f"{passed - len(failed):5} in the machine {native.seconds:6.1f} s {machine.seconds:6.1f} s",
        flush=True,
    )
    listed = known.known_failures(module)
    for case, (outcome, detail) in failed.items():
        print(f"    {outcome} {case}" + (f" ({listed[case]})" if case in listed else ""))
        if verbose:
            print("\n".join("        " + line for line in detail.splitlines()))


def as_data(native, machine, failed):
    return {
        "native": {case: outcome for case, (outcome, _) in native.cases.items()},
        "machine": {case: outcome for case, (outcome, _) in machine.cases.items()},
        "failed": failed,
        "seconds": [round(native.seconds, 2), round(machine.seconds, 2)],
    }


def main():
    parser = argparse.ArgumentParser(prog="python tests/fidelity", description=__doc__)
    parser.add_argument("module", nargs="*", help="default: all")
    parser.add_argument("--json", help="where to write the results")
    parser.add_argument("--markdown", help="note what was counted and write the page there")
    parser.add_argument("--patience", type=float, default=runner.PATIENCE)
    parser.add_argument("-v", action="store_true", help="show how failing cases failed")
    args = parser.parse_args()
    if not runner.available():
        sys.exit("this Python has no regression suite (the package test)")
    results, news = {}, []
    for module in args.module or modules.MODULES:
        native = run_natively(module, args.patience)
        machine = runner.run_module(module, machine=True, patience=args.patience)
        failed = failures(native, machine)
        results[module] = native, machine, failed
        say(module, native, machine, failed, args.v)
        news += [case for case in failed if case not in known.known_failures(module)]
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump({m: as_data(*r) for m, r in results.items()}, file, indent=1)
    if args.markdown:
        report.record(results)
        with open(args.markdown, "w", encoding="utf-8") as file:
            file.write(report.page())
    return 1 if news else 0


sys.exit(main())

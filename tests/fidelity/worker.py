"""Runs one module of CPython's suite and says, line by line in JSON, how each case ended.

A case is a test method or one example of a doctest.  ``{"start": case}`` comes before a case
runs, so that the reader knows which one did not come back.
"""

import argparse
import doctest
import json
import os
import sys
import traceback
import unittest

DETAIL_LINES = 25
MODULE = None


class Emitter:
    """Writes to the standard output as it was at the start: tests replace it."""

    def __init__(self):
        self.out = os.fdopen(os.dup(1), "w", encoding="utf-8")

    def line(self, **fields):
        self.out.write(json.dumps(fields) + "\n")
        self.out.flush()

    def start(self, case):
        self.line(start=case)

    def end(self, case, outcome, detail=""):
        self.line(case=case, outcome=outcome, detail=shortened(detail))


def shortened(text):
    lines = text.strip().splitlines()
    if len(lines) > DETAIL_LINES:
        lines = ["...", *lines[-DETAIL_LINES:]]
    return "\n".join(line[:300] for line in lines)


def short(name):
    """``Class.method``: without the module, which the reader knows."""
    return name.removeprefix(f"test.{MODULE}").removeprefix(".") or "doctest"


def name_of(test):
    return short(test.id())


class Result(unittest.TestResult):
    """Passes on how each test method ended; doctests report their examples themselves."""

    def __init__(self, emitter):
        super().__init__()
        self.emitter = emitter
        self.outcome = None

    def startTest(self, test):
        super().startTest(test)
        self.outcome = ("passed", "")
        if not isinstance(test, doctest.DocTestCase):
            self.emitter.start(name_of(test))

    def stopTest(self, test):
        super().stopTest(test)
        if not isinstance(test, doctest.DocTestCase) or self.outcome[0] == "failed":
            self.emitter.end(name_of(test), *self.outcome)

    def addError(self, test, err):
        self.failed(test, err)

    def addFailure(self, test, err):
        self.failed(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.failed(test, err)

    def addUnexpectedSuccess(self, test):
        self.outcome = ("failed", "unexpected success")

    def addSkip(self, test, reason):
        if self.outcome is None or not hasattr(test, "_testMethodName"):
            self.emitter.end(name_of(test), "skipped", reason)
        elif self.outcome[0] == "passed":
            self.outcome = ("skipped", reason)

    def failed(self, test, err):
        detail = "".join(traceback.format_exception(*err))
        if not isinstance(test, unittest.TestCase):  # a setUpClass, a setUpModule
            self.emitter.end(name_of(test), "failed", detail)
        self.outcome = ("failed", detail)


class Examples(doctest.DocTestRunner):
    """Reports every example of a doctest as a case."""

    def __init__(self, emitter, only, skip, **options):
        super().__init__(**options)
        self.emitter, self.only, self.skip = emitter, only, skip

    def case(self, test, example):
        return f"{short(test.name)}[{test.examples.index(example)}]"

    def run(self, test, *args, **kwargs):
        kept = [e for e in test.examples if self.case(test, e) not in self.skip]
        self.names = {id(e): self.case(test, e) for e in kept}
        test.examples = kept
        return super().run(test, *args, **kwargs)

    def report_start(self, out, test, example):
        self.emitter.start(self.names[id(example)])

    def report_success(self, out, test, example, got):
        self.emitter.end(self.names[id(example)], "passed")

    def report_failure(self, out, test, example, got):
        detail = f"{example.source}expected:\n{example.want}got:\n{got}"
        self.emitter.end(self.names[id(example)], "failed", detail)

    def report_unexpected_exception(self, out, test, example, exc_info):
        detail = "".join(traceback.format_exception(*exc_info))
        self.emitter.end(self.names[id(example)], "failed", example.source + detail)


def patch_doctests(emitter, only, skip):
    """Doctests run under our runner."""

    def run_test(self):
        flags = self._dt_optionflags
        if not flags & doctest.REPORTING_FLAGS:
            flags |= doctest._unittest_reportflags
        runner = Examples(
            emitter, only, skip, optionflags=flags, checker=self._dt_checker, verbose=False
        )
        runner.run(self._dt_test, out=lambda text: None, clear_globs=False)

    doctest.DocTestCase.runTest = run_test


def patch_machine():
    """Test methods and examples are called through the machine."""
    from zygcore.testing import run_in_machine

    def call_test_method(self, method):
        if isinstance(self, doctest.DocTestCase):
            method()  # its examples are run in the machine
        elif run_in_machine(method) is not None:
            self._callTestMethod_warned = True

    unittest.TestCase._callTestMethod = call_test_method
    doctest.exec = lambda code, namespace: run_in_machine(exec, code, namespace)


def cases_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases_of(test)
        else:
            yield test


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module")
    parser.add_argument("--machine", action="store_true")
    parser.add_argument("--only", default="[]", help="JSON list of cases; none: all")
    parser.add_argument("--skip", default="[]", help="JSON list of cases")
    args = parser.parse_args()
    global MODULE
    MODULE = args.module
    only, skip = set(json.loads(args.only)), set(json.loads(args.skip))
    emitter = Emitter()

    from test import support

    support.use_resources = ()
    support.verbose = False
    patch_doctests(emitter, only, skip)
    suite = unittest.defaultTestLoader.loadTestsFromName(f"test.{args.module}")
    chosen = [
        test
        for test in cases_of(suite)
        if name_of(test) not in skip
        and (
            not only
            or name_of(test) in only
            or isinstance(test, doctest.DocTestCase)
            and any(case.startswith(name_of(test) + "[") for case in only)
        )
    ]
    if args.machine:
        patch_machine()
    unittest.TestSuite(chosen).run(Result(emitter))
    emitter.line(done=True)


if __name__ == "__main__":
    sys.path.pop(0)
    main()

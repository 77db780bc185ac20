"""Exceptions and the `with` statement."""

# ruff: noqa: B018, F841

import contextlib

from .register import case


class Manager:
    """A context manager that logs, swallows or fails as asked."""

    def __init__(self, log, name, swallow=False, fail=""):
        self.log, self.name, self.swallow, self.fail = log, name, swallow, fail

    def __enter__(self):
        self.log.append(f"enter {self.name}")
        if self.fail == "enter":
            raise OSError(self.name)
        return self.name

    def __exit__(self, kind, value, trace):
        self.log.append(f"exit {self.name} {kind and kind.__name__}")
        if self.fail == "exit":
            raise KeyError(self.name)
        return self.swallow


@case(0, 1, 2, 3, 4)
def handlers(n):
    log = []
    try:
        log.append("try")
        if n == 1:
            raise ValueError("one")
        if n == 2:
            {}["two"]
        if n == 3:
            1 // 0
        if n == 4:
            return log
        log.append("end")
    except ValueError as e:
        log.append(repr(e))
    except (KeyError, IndexError) as e:
        log.append(("lookup", e.args))
        raise RuntimeError("again") from e
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


@case(0, 1, 2)
def rebinding(n):
    x = 0
    y = [0]
    try:
        x = 1
        y = y + [x // n]
        x = 2
        y = y + [x // (n - 1)]
        x = 3
    except ZeroDivisionError:
        return "caught", x, y
    return x, y


@case(0, 1, 2, 3)
def try_in_loop(n):
    out = []
    for i in range(6):
        try:
            if i == n:
                continue
            if i == n + 2:
                break
            out.append(10 // (i - 1))
        except ZeroDivisionError as e:
            out.append(type(e).__name__)
            continue
        finally:
            out.append(-i)
    else:
        out.append("else")
    return out, i


@case(0, 1, 2)
def finally_returns(n):
    for _ in range(3):
        try:
            if n == 0:
                return "try"
            if n == 1:
                raise KeyError(n)
        finally:
            if n < 2:
                return "finally"  # noqa: B012
    return "end"


@case(0, 1)
def finally_while(n):
    out = []
    try:
        out.append(1 // n)
    finally:
        k = 3
        while k > 0:
            k -= 1
            out.append(k)
    return out


@case(0, 1, 2)
def nested_try(n):
    log = []
    try:
        try:
            try:
                1 // n
                [][n]
            except ZeroDivisionError:
                log.append("zero")
                raise
            finally:
                log.append("inner")
        except ArithmeticError as e:
            log.append(e.__class__.__name__)
            try:
                raise TypeError("t") from e
            except TypeError as t:
                log.append(t.__cause__ is e)
        log.append("after")
    except IndexError as e:
        log.append(e.__context__)
    return log


@case()
def contexts():
    try:
        try:
            raise ValueError(1)
        except ValueError:
            raise KeyError(2)  # noqa: B904
    except KeyError as e:
        return repr(e.__context__), e.__cause__, e.__suppress_context__


@case()
def bare_raise():
    raise


@case(0, 1)
def except_name_gone(n):
    e = 5
    try:
        1 // n
    except ZeroDivisionError as e:
        pass
    return e


@case()
def bad_catch():
    try:
        try:
            raise ValueError
        except 5:  # noqa: B030
            pass
    except TypeError as e:
        return str(e)


@case(0, 1)
def asserts(n):
    assert n, f"no {n}"
    assert n == 1
    return n


@case(0, 1, 2, 3)
def groups(n):
    log = []
    try:
        if n == 0:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2), ValueError(3)])
        if n == 1:
            raise ValueError("naked")
        if n == 2:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as e:
        log.append(("v", len(e.exceptions)))
    except* TypeError as e:
        log.append(("t", [x.args for x in e.exceptions]))
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


@case(0, 1)
def while_in_try(n):
    k, out = 3, []
    try:
        while k - n:
            k -= 1
            out.append(6 // k)
    except ZeroDivisionError:
        return "zero", k, out
    return k, out


@case(0, 3)
def try_in_while(n):
    tries = 0
    while tries < n:
        try:
            tries += 1
            if tries == 2:
                raise KeyError(tries)
        except KeyError:
            continue
        finally:
            tries += 0.5
    return tries


@case(0, 1, 2, 3, 4, 5)
def managers(n):
    log = []
    try:
        with Manager(log, "a", n == 1) as a, Manager(log, "b", n == 2, "exit" * (n == 4)) as b:
            log.append((a, b))
            if n in (1, 2, 3, 4):
                raise ValueError(n)
            if n == 5:
                return log
        log.append("after")
    except (ValueError, KeyError) as e:
        log.append((repr(e), repr(e.__context__)))
    return log


@case(0, 1, 2)
def with_in_loop(n):
    log = []
    for i in range(3):
        with Manager(log, i, True):
            if i == n:
                continue
            if i == n + 1:
                break
            raise ValueError
    with contextlib.suppress(ZeroDivisionError):
        log.append(1 // n)
    return log


@case()
def with_fails():
    log = []
    try:
        with Manager(log, "a"), Manager(log, "b", fail="enter"):
            log.append("unreached")
    except OSError as e:
        log.append(str(e))
    try:
        with 5:
            pass
    except (AttributeError, TypeError):
        log.append("no manager")
    return log

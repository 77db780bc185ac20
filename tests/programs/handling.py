"""Which exception is being handled, and where, across generators and frames."""

import collections
import sys
import traceback

from . import log, program


def chain(error):
    """An exception and its contexts, as text."""
    out = []
    while error is not None and len(out) < 8:
        out.append(str(error))
        error = error.__context__
    return out


def names_and_lines(error):
    return [(s.name, s.lineno) for s in traceback.extract_tb(error.__traceback__)]


@program(grad=False)
def generators_handle_their_own():
    def catching():
        try:
            raise ValueError("inner")
        except ValueError:
            log(str(sys.exc_info()[1]))
            yield 1
            log(str(sys.exc_info()[1]))
        log(str(sys.exc_info()[1]))
        yield 2

    it = catching()
    try:
        raise IndexError("outer")
    except IndexError:
        next(it)
        log(str(sys.exc_info()[1]))
    log(str(sys.exc_info()[1]))
    return next(it)


@program(grad=False)
def same_exception_inside_and_outside():
    def catching():
        try:
            yield
        except ValueError:
            yield str(sys.exc_info()[1])
            yield str(sys.exc_info()[1])
            raise

    it = catching()
    next(it)
    try:
        raise ValueError("both")
    except ValueError as error:
        log(it.throw(error))
    log(next(it))
    try:
        next(it)
    except ValueError as error:
        return chain(error)


@program(grad=False)
def throw_keeps_the_context():
    def replacing(error):
        try:
            yield
        finally:
            raise error

    errors = [Exception(i) for i in range(4)]
    out = []
    try:
        raise errors[0]
    except Exception as error:
        for new in errors[1:]:
            it = replacing(new)
            next(it)
            try:
                it.throw(error)
            except Exception:
                error = sys.exc_info()[1]
                out.append(chain(error))
    return out


@program(grad=False)
def throw_before_the_beginning():
    def values():
        try:
            yield 1
        except ValueError:
            log("must not be reached")

    it = values()
    try:
        it.throw(ValueError("early"))
    except ValueError as error:
        log(str(error), names_and_lines(error)[1:])
    return list(it)


@program(raises=TypeError)
def throw_what_is_no_exception():
    class Odd(Exception):
        def __new__(cls):
            return 3

    def values():
        yield 1

    it = values()
    next(it)
    it.throw(Odd)


@program(grad=False)
def delegating_to_an_iterator():
    class Ending:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration(42)

    def outer():
        result = yield from Ending()
        yield result

    def sending():
        yield from [1, 2]

    it = sending()
    next(it)
    try:
        it.send(3)
    except AttributeError as error:
        log(str(error))
    return list(outer())


@program(grad=False)
def delegate_without_attributes():
    class Broken:
        def __iter__(self):
            return self

        def __next__(self):
            return 1

        def __getattr__(self, name):
            raise ZeroDivisionError(name)

    def outer():
        yield from Broken()

    it = outer()
    next(it)
    try:
        it.throw(AttributeError)
    except ZeroDivisionError as error:
        log(str(error))
    seen = []
    saved = sys.unraisablehook
    sys.unraisablehook = lambda info: seen.append(info.exc_type.__name__)
    try:
        it = outer()
        next(it)
        it.close()
    finally:
        sys.unraisablehook = saved
    return seen


@program(grad=False)
def raised_again():
    """A bare ``raise`` adds no entry to the traceback, ``raise error`` does."""

    def bare():
        try:
            raise KeyError("bare")
        except KeyError:
            log("caught")
            raise

    def named():
        try:
            raise KeyError("named")
        except KeyError as error:
            log("caught")
            raise error

    out = []
    for f in (bare, named):
        try:
            f()
        except KeyError as error:
            out.append([line for _, line in names_and_lines(error)[-2:]])
    return [b - a for a, b in out]


@program(grad=False)
def lines_of_frames():
    def in_except():
        try:
            log(1 / 0)
        except TypeError:
            pass

    def in_finally():
        try:
            log(1 / 0)
        finally:
            log("finally")

    out = []
    for f in (in_except, in_finally):
        try:
            f()
        except ZeroDivisionError as error:
            tb = error.__traceback__.tb_next
            out.append((tb.tb_lineno, tb.tb_frame.f_lineno))
    return [(a - out[0][0], b - out[0][0]) for a, b in out]


@program(grad=False)
def attribute_error_says_of_what():
    class Thing:
        def __getattr__(self, name):
            raise AttributeError("no")

        @property
        def broken(self):
            raise AttributeError("neither")

    thing = Thing()
    try:
        log(thing.broken)
    except AttributeError as error:
        return str(error), error.name, error.obj is thing


class Plain:
    pass


class Entered(Plain):
    def __enter__(self):
        return self


@program(1.5)
def managers_without_the_protocol(x):
    for manager in (Plain(), Entered(), 3, collections.deque(), Plain, x):
        try:
            with manager:
                log("inside")
        except TypeError as error:
            log(str(error))
    return x * x


@program(1.5, grad=False)
def cause_that_is_no_exception(x):
    """From 3.13 on that is an error."""

    class Nothing(BaseException):
        @classmethod
        def __new__(*args, **kwargs):
            return None

    try:
        raise IndexError from Nothing
    except (TypeError, IndexError) as error:
        log(type(error))
    return x

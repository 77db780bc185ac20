"""Conversions between the arrays of a library, Python's numbers and lists."""

from ..rules.registry import adjoint, lowering

__all__ = ["make_conversions"]


def make_conversions(library, kind, project):
    """Rules for ``asarray`` and ``array`` of a library, and ``float`` and such of its arrays."""

    def filled(value, dtype):
        return library.asarray(value, dtype)

    @adjoint(filled)
    def filled_rule(value, dtype):
        return filled(value, dtype), lambda dy: (project(dy, value),)

    def converted(a, dtype):
        return library.array(a, dtype)

    @adjoint(converted)
    def converted_rule(a, dtype):
        return converted(a, dtype), lambda dy: (project(dy, a),)

    def asarray_lowering(a, dtype=None, **options):
        if isinstance(a, kind):
            return a if dtype is None or dtype == a.dtype else a.astype(dtype)
        if isinstance(a, (list, tuple)) and a and not options:
            made = library.stack([asarray_lowering(part) for part in a])
            return made if dtype is None else made.astype(dtype)
        return filled(a, dtype)

    def array_lowering(a, dtype=None, **options):
        return converted(a, dtype) if isinstance(a, kind) else asarray_lowering(a, dtype, **options)

    lowering(library.asarray)(asarray_lowering)
    lowering(library.array)(array_lowering)

    def number_rule(number):
        def rule(x):
            return number(x), lambda dy: (library.full(x.shape, dy, x.dtype),)

        rule.__annotations__ = {"x": kind}
        return rule

    for number in (float, complex):
        adjoint(number)(number_rule(number))
    for name in ("item",):
        method = getattr(kind, name, None)
        if method is not None:
            adjoint(method)(number_rule(lambda x: x.item()))

"""The modules of CPython's suite that are run, and those that every run of our tests includes."""

import sys

MODULES = tuple(
    """
    test_generators test_genexps test_listcomps test_dictcomps test_setcomps test_exceptions
    test_exception_variations test_with test_contextlib test_scope test_extcall
    test_keywordonlyarg test_positional_only_arg test_unpack test_unpack_ex test_augassign
    test_compare test_contains test_iter test_enumerate test_functools test_itertools
    test_operator test_fractions test_statistics test_colorsys test_heapq test_bisect test_deque
    test_dataclasses test_patma test_string_literals test_fstring test_named_expressions
    test_property test_super test_class test_descr test_richcmp test_raise test_yield_from
    test_decorators test_math test_cmath test_copy
    """.split()
)

SLOW = (
    "test_itertools",
    "test_statistics",
    "test_math",
    "test_deque",
    "test_fstring",
    "test_heapq",
)

QUICK = tuple(module for module in MODULES if module not in SLOW)

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"

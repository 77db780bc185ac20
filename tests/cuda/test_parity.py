"""Every function that a library like CuPy shares with NumPy: the same values and derivatives.

The samples are those of other tests: of the page on NumPy, and of the tests of NumPy's rules.
They run with the fake library always, and with CuPy where there is a GPU.
"""

import copy

import fake
import numpy as np
import pytest
from cupy_names import METHODS, NAMES
from elsewhere import Elsewhere, Lacking
from numpy_table import functions, methods, transforms
from numpy_table.measure import POINT
from parity import cases_of, checking, compare

from zygcore import cuda
from zygcore.errors import AdjointError, UnsupportedError
from zygcore.interop import register

register(fake, fake.ndarray)

pytestmark = [
    pytest.mark.filterwarnings("ignore::zygcore.interop.ElementLoopWarning"),
    pytest.mark.filterwarnings("ignore::zygcore.errors.NotSmoothWarning"),
    pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning"),
]


class OfFake(Elsewhere):
    name, rtol = "fake", 1e-12

    def __init__(self):
        super().__init__(fake, fake.ndarray, lambda x: fake.asarray(copy.deepcopy(x)))

    get = staticmethod(fake.asnumpy)


class OfCuPy(Elsewhere):
    name, rtol = "cupy", 1e-8

    def __init__(self):
        cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
        super().__init__(cupy, cupy.ndarray, lambda x: cupy.asarray(x, order="K"))
        self.get = cupy.asnumpy


LIBRARIES = [pytest.param(OfFake, id="fake")]
if cuda.is_available():
    LIBRARIES.append(pytest.param(OfCuPy, id="gpu", marks=pytest.mark.gpu))


@pytest.fixture(scope="module", params=LIBRARIES)
def elsewhere(request):
    return request.param()


def programs():
    """Name in CuPy -> small programs of one array, from the page on NumPy."""
    out = {}
    for prefix, owner, found in (
        ("", np, functions.PROGRAMS),
        ("linalg.", np.linalg, transforms.LINALG),
        ("fft.", np.fft, transforms.FFT),
        ("ndarray.", np.ndarray, methods.ARRAY),
    ):
        names = {"ndarray.": METHODS}.get(prefix, NAMES)
        apart = methods.ARRAY_WITHOUT if owner is np.ndarray else functions.WITHOUT_NUMBERS
        for name in dir(owner):
            path = name if prefix == "ndarray." else prefix + name
            if name in apart:
                continue
            if path in names or (prefix == "ndarray." and name in found and name[:2] == "__"):
                out[prefix + name] = found.get(name) or default(owner, name)
    return out


def default(owner, name):
    if owner is np.ndarray:
        return lambda v: getattr(v, name)() if callable(getattr(v, name)) else getattr(v, name)
    return lambda v: getattr(np, name)(v)


PROGRAMS = programs()

#: it writes, itself or in NumPy's Python code of it
WRITING = set("""
copyto fill_diagonal gradient partition place put put_along_axis putmask roots sort_complex unwrap
vander ndarray.fill ndarray.partition ndarray.put ndarray.sort ndarray.__setitem__
ndarray.__iadd__ ndarray.__ifloordiv__ ndarray.__imatmul__ ndarray.__imod__ ndarray.__imul__
ndarray.__ipow__ ndarray.__isub__ ndarray.__itruediv__
""".split())  # fmt: skip
#: nobody has written down the derivative; NumPy has it as Python code that does not fit, or reads
#: memory
NOT_YET = set("""
apply_along_axis asarray_chkfinite delete ediff1d frombuffer from_dlpack histogram histogram2d
histogramdd i0 intersect1d kaiser percentile polymul quantile require setdiff1d setxor1d
union1d unique unique_all unique_counts unique_inverse unique_values fft.fftfreq fft.rfftfreq
""".split())  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_functions(name, elsewhere):
    error = UnsupportedError if name in WRITING else AdjointError if name in NOT_YET else None
    if error is not None:
        with pytest.raises(error, match="make a new array|the gradient needs the derivative"):
            check(name, elsewhere)
    else:
        check(name, elsewhere)


def check(name, elsewhere):
    try:
        compare(PROGRAMS[name], (POINT,), {}, elsewhere, elsewhere.get, rtol=elsewhere.rtol)
    except Lacking as error:
        if elsewhere.name == "cupy":
            pytest.skip(str(error))
        assert name in OTHERS, error
    else:
        assert name not in OTHERS


#: the sample is not one for CuPy: it has numbers, lists or types for arrays, or what only NumPy has
OTHERS = set("""
apply_over_axes array asarray base_repr binary_repr can_cast fromfunction fromiter mask_indices
promote_types ndarray.__array__ ndarray.__divmod__ ndarray.__ilshift__ ndarray.__index__
ndarray.__irshift__ ndarray.__lshift__ ndarray.__rdivmod__ ndarray.__rlshift__
ndarray.__rrshift__ ndarray.__rshift__ ndarray.argpartition ndarray.byteswap ndarray.data
ndarray.device ndarray.flat ndarray.item
""".split())  # fmt: skip


# ---------------------------------------------------------- what the tests of rules check

FILES = """
test_reductions test_shape test_indexing test_products test_lookup test_methods test_degenerate
test_fft test_ufuncs test_linalg test_norms test_factors test_by_code test_spectral
""".split()
#: about `out`, which CuPy's `einsum` does not have
WITHOUT = {"test_outputs"}
CASES = [(file, name) for file in FILES for name in checking(file) if name not in WITHOUT]
#: of each test, spread over all of them
MOST = 16
#: whose second derivatives take seconds
SLOW = {"test_full_svd", "test_eigh", "test_svd"}
#: and those by special methods, which are Python code in the fake library
SLOW |= {"test_pad"}
#: where all that is checked is for NumPy alone
NUMPYS = {
    "test_vecdot", "test_where", "test_initial", "test_ufunc_methods", "test_take",
    "test_pseudo_inverse_of_a_hermitian_matrix", "test_svd_of_a_hermitian_matrix",
}  # fmt: skip
#: gauges of vectors differ from library to library
OF_VECTORS = {"test_spectral", "test_factors"}


def is_known(error):
    return "make a new array" in str(error) or any(
        f"derivative of {library}.{name}," in str(error)
        for library in ("fake", "cupy")
        for name in NOT_YET
    )


@pytest.mark.parametrize(("file", "name"), CASES, ids=[name for _, name in CASES])
def test_rules(file, name, elsewhere):
    if elsewhere.name == "cupy" and file in OF_VECTORS:
        pytest.skip("the vectors of decompositions are up to signs and phases")
    cases = cases_of(file, name)
    compared = lacking = 0
    for f, args, options, given in cases[:: -(-len(cases) // MOST)]:
        kind = {key: given[key] for key in ("second", "forward") if key in given}
        if name in SLOW:
            kind["second"] = False
        try:
            compare(f, args, options, elsewhere, elsewhere.get, rtol=elsewhere.rtol, **kind)
            compared += 1
        except Lacking:
            lacking += 1
        except (UnsupportedError, AdjointError) as error:
            assert is_known(error), error
            compared += 1
    assert compared or name in NUMPYS or elsewhere.name == "cupy"

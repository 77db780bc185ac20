"""The table of SciPy is true: each function that gradients flow through is tried."""

from pathlib import Path

import pytest
import scipy
import scipy.stats as st
import scipy_programs
from poison_measure import outcome
from scipy.stats._distr_params import distcont
from special_points import POINTS
from test_stats import CONTINUOUS

from zygcore.rules.scipy import table

DOCS = Path(__file__).parents[3] / "docs" / "scipy.md"


def classes():
    return {
        f"{module}.{name}": table.classify(module, name, value)
        for module in table.MODULES
        for name, value in table.public_names(module)
    }


def is_distribution(name):
    """Those of one variable have tests of their own."""
    value = getattr(st, name.removeprefix("stats."), None)
    return isinstance(value, (st.rv_continuous, st.rv_discrete))


def test_every_function_has_a_program():
    tried = {name.split()[0] for name in scipy_programs.PROGRAMS} | {f"special.{n}" for n in POINTS}
    flows = {name for name, word in classes().items() if word == "by code"}
    assert {name for name in flows - tried if not is_distribution(name)} == set()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", scipy_programs.PROGRAMS)
def test_gradient(name):
    kind, detail = outcome(scipy_programs.PROGRAMS[name], 1.1)
    assert kind == "right", detail


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", scipy_programs.NOT_YET)
def test_what_is_not_known_is_an_error(name):
    kind, detail = outcome(scipy_programs.NOT_YET[name], 1.1)
    assert kind in ("error", "right"), detail


REST = [
    (name, shapes)
    for name, shapes in distcont
    if isinstance(name, str) and name not in CONTINUOUS and table.reason("stats", name) is None
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name, shapes", REST, ids=[name for name, _ in REST])
def test_densities_of_the_other_distributions(name, shapes):
    distribution = getattr(st, name)
    x = float(distribution.ppf(0.37, *shapes))
    kind, detail = outcome(lambda x: distribution.logpdf(x, *shapes), x)
    assert kind in ("right", "none"), detail
    for i, shape in enumerate(shapes):
        if isinstance(shape, float) and shape != 0:  # at 0 some have a formula without the shape
            at = lambda p, i=i: distribution.logpdf(x, *shapes[:i], p, *shapes[i + 1 :])
            kind, detail = outcome(at, shape)
            assert kind in ("right", "none"), detail


@pytest.mark.skipif(scipy.__version__[:4] != "1.17", reason="the table is that of SciPy 1.17")
def test_the_table_is_up_to_date():
    assert DOCS.read_text() == table.table(), "python -m zygcore.rules.scipy.table > docs/scipy.md"

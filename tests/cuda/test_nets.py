"""The nets for kernels catch what they are for: each mistake of bugs/, and nothing else."""

import pytest
import sanitizers
from bugs import page
from bugs.table import ADDRESS, BUGS, NETS, THREAD
from nets import NETS as FUNCTIONS
from nets import Harness


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    return Harness(tmp_path_factory.mktemp("nets"))


def columns():
    for net in NETS:
        missing = net in (ADDRESS, THREAD) and not sanitizers.there_is(net)
        mark = pytest.mark.skipif(missing, reason=f"the C++ compiler has no {net} sanitizer")
        yield pytest.param(net, marks=mark)


@pytest.mark.parametrize("net", list(columns()))
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_net(harness, bug, net):
    """The right kernel goes through; the wrong one is caught where the table says so."""
    assert FUNCTIONS[net](harness, f"{bug.name}_right", bug) is None
    found = FUNCTIONS[net](harness, f"{bug.name}_wrong", bug)
    if net not in bug.caught:
        assert found is None
    else:
        assert found is not None, "the mistake got through"
        assert bug.caught[net] in found


def test_the_page_is_up_to_date():
    committed = page.PAGE.read_text()
    assert committed == page.page(committed), "cd tests/cuda; python -m bugs.page"

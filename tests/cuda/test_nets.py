"""The nets for kernels catch what they are for: each mistake of bugs/, and nothing else."""

import pytest
import sanitizers
from bugs import page
from bugs.table import ADDRESS, BUGS, NETS, PTX, THREAD, concerns
from nets import NETS as FUNCTIONS
from nets import Harness

from zygcore.cuda import build


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    return Harness(tmp_path_factory.mktemp("nets"))


def missing(net):
    """Why a net cannot be used here, or None."""
    if net in (ADDRESS, THREAD) and not sanitizers.there_is(net):
        return f"the C++ compiler has no {net} sanitizer"
    if net == PTX and build.nvcc() is None:
        return "nvcc is not installed"
    return None


def cells():
    for net in NETS:
        why = missing(net)
        mark = pytest.mark.skipif(why is not None, reason=str(why))
        for bug in BUGS:
            if concerns(net, bug):
                yield pytest.param(bug, net, marks=mark, id=f"{bug.name}-{net}")


@pytest.mark.parametrize("bug, net", list(cells()))
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

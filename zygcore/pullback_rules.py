"""Calling the pullback of an earlier call with a cotangent that depends on the inputs."""

from ._pullback import Pullback
from .errors import AdjointError
from .rules.registry import adjoint, instance_lowering

__all__ = []


@instance_lowering(Pullback)
def pullback_called(back, /, *cotangents):
    return pulled(back, *cotangents) if len(cotangents) == 1 else back(*cotangents)


def pulled(back, dy):
    return back(dy)


@adjoint(pulled)
def pulled_rule(back, dy):
    def pulled_back(dxs):
        raise AdjointError(
            f"{back} was made outside of the differentiated function and has kept only what it "
            "needs to be called: the derivative with respect to the cotangent that it gets is not "
            "known. Call zygcore.pullback inside of the function"
        )

    return back(dy), pulled_back

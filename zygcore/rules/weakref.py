"""Rules for `weakref`: a weak reference passes on the object it refers to."""

import weakref

from .registry import consumer, instance_lowering, nondifferentiable

consumer(weakref.ref, weakref.KeyedRef, passes=range(3))


def referent(reference):
    """What a weak reference refers to: known, if it is, by its identity."""
    return reference()


nondifferentiable(referent)


@instance_lowering(weakref.ref, weakref.KeyedRef)
def call_reference(reference):
    return referent(reference)

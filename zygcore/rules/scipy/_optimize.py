"""Rules for `scipy.optimize`."""

from . import _fitting, _minimize, _roots  # noqa: F401

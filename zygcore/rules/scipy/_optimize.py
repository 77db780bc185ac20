"""Rules for `scipy.optimize`."""

from . import _fitting, _minimize, _programs, _roots  # noqa: F401

"""Rules for `scipy.integrate`."""

from . import _odeint, _quad  # noqa: F401

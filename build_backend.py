"""The build backend: setuptools, which with ``ZYGCORE_CUDA=wheels`` also needs nvcc from wheels."""

import os

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403

WHEELS = ["nvidia-cuda-nvcc", "nvidia-cuda-cccl", "nvidia-cuda-runtime"]


def _with_cuda(requirements):
    return requirements + (WHEELS if os.environ.get("ZYGCORE_CUDA") == "wheels" else [])


def get_requires_for_build_wheel(config_settings=None):
    return _with_cuda(build_meta.get_requires_for_build_wheel(config_settings))


def get_requires_for_build_editable(config_settings=None):
    return _with_cuda(build_meta.get_requires_for_build_editable(config_settings))

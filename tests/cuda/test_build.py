"""What `ZYGCORE_CUDA` asks for; `nox -s cuda_build` builds for real."""

import subprocess
import sys

import pytest

from zygcore.cuda import build


@pytest.fixture
def asked(monkeypatch):
    """Sets `ZYGCORE_CUDA`, and whether there are nvcc and a C++ compiler."""
    made = []
    make = lambda name: lambda work, target, *flags: (made.append(name), target.write_text(name))
    monkeypatch.setattr(build, "host", make("host"))
    monkeypatch.setattr(build, "device", make("device"))

    def asked(value, nvcc=True, cxx=True):
        made.clear()
        monkeypatch.setenv("ZYGCORE_CUDA", value)
        monkeypatch.setattr(build, "nvcc", lambda: "/bin/nvcc" if nvcc else None)
        monkeypatch.setattr(build, "cxx", lambda: ["sh" if cxx else "no-such-compiler"])
        return made

    return asked


@pytest.mark.parametrize("value, tools, expected", [
    ("auto", {}, ["host", "device"]),
    ("", {}, ["host", "device"]),
    ("auto", {"nvcc": False}, ["host"]),
    ("auto", {"cxx": False}, []),
    ("0", {}, []),
    ("0", {"nvcc": False, "cxx": False}, []),
    ("1", {}, ["host", "device"]),
    ("wheels", {}, ["host", "device"]),
])  # fmt: skip
def test_what_is_built(asked, tmp_path, value, tools, expected):
    made = asked(value, **tools)
    for name in ("_host", "_device"):  # of an earlier build
        (tmp_path / f"{name}{build.SUFFIX}").write_text("old")
    build.build_modules(tmp_path, tmp_path / "work")
    assert made == expected
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        f"_{name}{build.SUFFIX}" for name in expected
    )
    assert all(p.read_text() != "old" for p in tmp_path.iterdir())


@pytest.mark.parametrize("value, tools, message", [
    ("1", {"nvcc": False}, "ZYGCORE_CUDA=1, and no nvcc: put it on the PATH or set CUDA_HOME"),
    ("1", {"cxx": False}, "ZYGCORE_CUDA=1, and no C\\+\\+ compiler"),
    ("wheels", {"nvcc": False}, "ZYGCORE_CUDA=wheels, and no nvcc from wheels"),
    ("yes", {}, "ZYGCORE_CUDA=yes: it must be one of auto, 0, 1, wheels"),
])  # fmt: skip
def test_what_cannot_be_built(asked, tmp_path, value, tools, message):
    made = asked(value, **tools)
    for check in (build.check_tools, lambda: build.build_modules(tmp_path, tmp_path)):
        with pytest.raises(build.BuildError, match=message):
            check()
    assert made == [] and not list(tmp_path.iterdir())


def test_importing_zygcore_imports_no_cuda():
    code = (
        "import sys, zygcore as zg; zg.gradient(lambda x: x * x, 3.0)\n"
        "assert not [m for m in sys.modules if m.startswith('zygcore.cuda')]\n"
        "import zygcore.cuda\n"
        "assert not {'zygcore.cuda._host', 'zygcore.cuda._device'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

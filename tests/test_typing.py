"""The public face is typed: mypy agrees with `tests/typing`."""

from pathlib import Path


def test_mypy_accepts_the_public_face():
    from mypy import api

    out, err, status = api.run([str(Path(__file__).parent / "typing" / "public.py"), "--strict"])
    assert status == 0, out + err

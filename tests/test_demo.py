"""The parts of the demo, with reduced sizes, and the demo as a command."""

import math

import numpy as np
import pytest

import zygcore as zg
from zygcore.demo import __main__ as command
from zygcore.demo import checks, seeds, trebuchet

FREE_FALL = 9.81


def wrong(report):
    """The checks that do not hold, readable in a failure."""
    return [(c.name, c.obtained, c.expected) for c in report.checks if not c.ok]


@pytest.mark.parametrize("program", seeds.PROGRAMS, ids=lambda p: p.__name__)
def test_seed_program(program):
    report = seeds.run(programs=[program])
    assert wrong(report) == []
    assert report.ok


@pytest.mark.parametrize(
    ("obtained", "expected", "same"),
    [
        ((75,), (75,), True),
        ((75.0,), (75,), False),
        ((75,), [75], False),
        ((75, 0), (75, None), False),
        (0.5 + 1e-15, 0.5, True),
        (0.5 + 1e-10, 0.5, False),
        (math.nan, 0.5, False),
        (np.ones(2), np.ones(2), True),
        (np.ones(3), np.ones(2), False),
        ([1.0, 1.0], np.ones(2), False),
        ((), (1,), False),
    ],
)
def test_same(obtained, expected, same):
    assert checks.same(obtained, expected) is same


def test_report_without_checks_is_not_ok():
    assert not checks.Report("nothing").ok


def test_flight_in_still_air_is_nearly_a_parabola():
    path = trebuchet.fly(0.0, 10.0, 10.0, 0.0, wind=10.0, dt=1e-4)
    x, y = path[-1]
    assert y <= 0 < path[-2][1]
    assert x == pytest.approx(10 * math.sqrt(2 * 10 / FREE_FALL), rel=0.02)


def test_swing_conserves_energy():
    weight, elevation = 2500.0, math.radians(35)
    _, y, vx, vy = trebuchet.swing(elevation, weight, dt=1e-4)
    t = trebuchet
    speed = math.hypot(vx, vy)
    assert math.atan2(vy, vx) == pytest.approx(elevation)
    rate = speed / t.LONG_ARM
    rise = math.cos(elevation) - math.sin(t.START)  # of the end of a beam of length 1
    beam = t.BEAM * (t.LONG_ARM**2 - t.LONG_ARM * t.SHORT_ARM + t.SHORT_ARM**2) / 3
    kinetic = 0.5 * (weight * t.SHORT_ARM**2 + t.STONE * t.LONG_ARM**2 + beam) * rate**2
    lever = weight * t.SHORT_ARM - t.STONE * t.LONG_ARM - t.BEAM * (t.LONG_ARM - t.SHORT_ARM) / 2
    assert kinetic == pytest.approx(t.GRAVITY * lever * rise, rel=1e-3)


def test_counterweight_too_light():
    with pytest.raises(ValueError, match="does not lift"):
        trebuchet.distance(0.5, 10.0, 0.0)


def test_throw_ends_on_the_ground():
    path = trebuchet.throw(math.radians(30), 2000.0, -3.0, dt=0.05)
    assert path[-1][1] == 0.0
    assert all(y > 0 for _, y in path[:-1])


def test_trebuchet():
    report = trebuchet.run(shots=[(40.0, 0.0), (70.0, -8.0)], dt=0.05)
    assert wrong(report) == []
    (target, _, path), _ = report.data["flights"]
    assert path[-1][0] == pytest.approx(target, abs=1e-3)


def test_more_wind_carries_further():
    def distance(wind):
        return trebuchet.distance(math.radians(35), 2500.0, wind, 0.05)

    (slope,) = zg.gradient(distance, 3.0)
    (expected,) = trebuchet.slopes(distance, (3.0,))
    assert slope == pytest.approx(expected, rel=1e-5)
    assert slope > 0


def test_digits_gradient_is_the_hand_written_one():
    pytest.importorskip("sklearn", reason="the digits are scikit-learn's")
    from zygcore.demo import digits

    rng = np.random.default_rng(3)
    params = digits.init(rng, hidden=5)
    x, y = rng.uniform(size=(7, 64)), rng.integers(0, 10, size=7)
    value, (grads,) = zg.withgradient(lambda p: digits.loss(p, x, y), params)

    hidden = np.tanh(x @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert value == pytest.approx(-np.log(p[np.arange(7), y]).mean())
    d_scores = (p - np.eye(10)[y]) / 7
    d_hidden = (d_scores @ params["W2"].T) * (1 - hidden**2)
    expected = {
        "W1": x.T @ d_hidden,
        "b1": d_hidden.sum(axis=0),
        "W2": hidden.T @ d_scores,
        "b2": d_scores.sum(axis=0),
    }
    assert set(grads) == set(expected)
    for name, g in expected.items():
        np.testing.assert_allclose(grads[name], g, rtol=1e-10, atol=1e-14, err_msg=name)


def test_digits_learns():
    pytest.importorskip("sklearn", reason="the digits are scikit-learn's")
    from zygcore.demo import digits

    report = digits.run(epochs=4, hidden=32, goal=0.8)
    assert wrong(report) == []
    assert len(report.data["losses"]) == 4 * 21


def test_thirdparty():
    pytest.importorskip("scipy", reason="its functions are differentiated")
    from zygcore.demo import thirdparty

    report = thirdparty.run()
    assert wrong(report) == []


@pytest.mark.skipif(bool(command.missing()), reason="needs the demo extra")
class TestCommand:
    def test_shows_checks_and_writes_the_picture(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "200")
        picture = tmp_path / "new" / "picture.png"
        assert command.main(["--only", "seeds", "--output", str(picture)]) == 0
        assert picture.read_bytes().startswith(b"\x89PNG")
        out = capsys.readouterr().out
        assert "gradient(pow_, 5, 3)" in out
        assert "(75, None)" in out

    def test_wrong_value_fails(self, tmp_path, capsys, monkeypatch):
        wrong = checks.Report("wrong", [checks.compare("1 + 1", 3, 2)])
        monkeypatch.setattr(seeds, "run", lambda step: wrong)
        arguments = ["--only", "seeds", "--output", str(tmp_path / "p.png")]
        assert command.main(arguments) == 1
        assert "WRONG" in capsys.readouterr().out

    def test_exception_fails(self, tmp_path, capsys, monkeypatch):
        def run(step):
            raise RuntimeError("no such luck")

        monkeypatch.setattr(seeds, "run", run)
        arguments = ["--only", "seeds", "--output", str(tmp_path / "p.png")]
        assert command.main(arguments) == 1
        out = capsys.readouterr().out
        assert "no such luck" in out
        assert "raised an exception" in out


def test_missing_package(monkeypatch, capsys):
    monkeypatch.setattr(command, "NEEDED", {"no_such_module_": "no-such-package"})
    assert command.main([]) == 2
    err = capsys.readouterr().err
    assert "no-such-package" in err
    assert 'pip install "zygcore[demo]"' in err

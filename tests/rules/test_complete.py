"""Every rule has passed `check_adjoint`, to the second order, or stands here with a reason.

`recorder` notes what the other tests check; these come last (`conftest`).
"""

import pytest
import recorder

from zygcore.rules import libraries

#: functions of rules that give no pullback, or one that refuses
NO_DERIVATIVE = set(
    """
    refused_rule refusal_rule opaque_rule from_object_rule swapped_rule iterated_operator_rule
    stored_anew_rule contract_into_rule
    planar_cross_rule factors_rule matrix_rank_rule bits_rule array_bits_rule invert_rule
    refused_mean_rule whole_rule step_rule modular_pow_rule iterator_rule window_rule part_rule
    """.split()
)

#: those of exact numbers, which have no differences: `test_exact` compares with exact values
EXACT = set(
    """
    method_rule numerator_rule decimal_rule decimal_to_float_rule fraction_rule limit_rule
    fraction_to_float_rule scalar_rule float_ratio_rule int_ratio_rule root_of_ratio_rule
    abs_exact_rule exact_add_rule exact_sub_rule exact_mul_rule exact_truediv_rule exact_mod_rule
    exact_pow_rule exact_neg_rule exact_pos_rule
    """.split()
)

#: those of numbers in `tests/number_types`, which are compared with other values of their kind, too
ATOMS = set(
    """
    decimal_ratio_rule decimal_real_rule floordiv_decimal_rule
    floordiv_int_decimal_rule mp_rule abs_mp_rule mpf_rule mpc_rule mp_convert_rule
    mpf_to_float_rule mp_to_complex_rule mp_real_rule mp_imag_rule mp_conjugate_rule mp_arg_rule
    mp_cos_sin_rule mp_sum_rule mp_dot_rule mp_root_rule mp_integral_rule mp_diff_rule
    make_mpf_rule make_mpc_rule mpf_parts_rule mpc_parts_rule mp_unknown_rule expr_derived_rule
    expr_applied_rule expr_piecewise_rule abs_expr_rule expr_sympify_rule expr_number_rule
    expr_rational_rule expr_to_float_rule expr_to_complex_rule expr_same_rule expr_refused_rule
    expr_args_rule expr_copy_rule mp_copy_rule
    """.split()
)

#: those of Python 3.12
NEWER = {"format_rule", "coprime_rule"}

#: made in a loop for many targets: one of them stands for all
FAMILIES = {"slot_rule", "cast_rule", "kernels_rule", "solved_rule", "interpolated_rule"}

#: rules whose partial derivatives have none themselves; `docs/gradients.md` names the functions
FIRST_ORDER = set(
    """
    kolmogi smirnov smirnovi _kolmogci _smirnovc _smirnovci nctdtrit ncfdtri
    mathieu_a mathieu_b pro_cv obl_cv _landau_cdf _landau_sf _landau_ppf _landau_isf
    scipy.stats._continuous_distns.studentized_range_gen._cdf
    scipy.stats._levy_stable.levy_stable_gen._cdf
    """.split()
)

#: zeros that carry a derivative, which differences do not show; the value of a linear program at a
#: corner with more bounds than it needs, whose subgradient `test_linear_programs` checks
INVISIBLE = {"infinitesimal_rule", "optimal_value_rule"}

#: pullbacks that give zeros, or constants
CONSTANT_SLOPE = {"round_rule", "same_value_rule"}


def unchecked(order, without):
    done = set().union(*[recorder.CHECKED[n] for n in recorder.CHECKED if n >= order])
    codes = {f.__code__ for f in done if hasattr(f, "__code__")}
    return sorted(
        f"{name} ({function})"
        for name, function, noted in recorder.rules()
        if noted not in done
        and function not in without
        and not (function in FAMILIES and noted.__code__ in codes)
    )


@pytest.fixture(autouse=True)
def everything():
    libraries.everything()


def test_every_rule_is_checked():
    assert unchecked(1, NO_DERIVATIVE | EXACT | ATOMS | NEWER | INVISIBLE) == []


def test_every_rule_is_checked_to_the_second_order():
    missing = unchecked(2, NO_DERIVATIVE | EXACT | ATOMS | NEWER | INVISIBLE | CONSTANT_SLOPE)
    assert {line.split()[0] for line in missing} == FIRST_ORDER


def test_nothing_stands_here_in_vain():
    """Reasons are for rules that exist."""
    names = {function for _, function, _ in recorder.rules()}
    targets = {name for name, _, _ in recorder.rules()}
    assert NO_DERIVATIVE | EXACT | ATOMS | INVISIBLE | FAMILIES | CONSTANT_SLOPE <= names
    assert FIRST_ORDER <= targets

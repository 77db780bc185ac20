# ruff: noqa: B002
"""Numbers: floats and ints with the exact semantics of Python's operators."""

import cmath
import math
from fractions import Fraction

from . import FD, NIL, log, program


@program(5, grad=(75,))
def int_cube(x):
    return x * x * x


@program(2, 3, grad=(3, 2))
def int_product(a, b):
    return a * b


@program(7, 3, grad=(1, -2))
def int_modulo(a, b):
    return a % b


@program(-7, 3, grad=(1, 3))
def int_modulo_of_negative(a, b):
    return a % b


@program(17, 5, grad=(6, -9))
def int_divmod(a, b):
    q, r = divmod(a, b)
    return r * 3 + a * q


@program(17, 5, grad=(NIL, NIL))
def int_floor_division(a, b):
    return a // b


@program(7, 2, grad=(0.5, -1.75))
def int_true_division(a, b):
    return a / b


@program(-7.5, 2.0, grad=(1.0, 4.0))
def float_modulo_of_negative(a, b):
    return a % b


@program(7.5, -2.0, grad=(1.0, 4.0))
def float_modulo_by_negative(a, b):
    return a % b


@program(0.0, -360.0, grad=(1.0, NIL), fd=False)
def float_modulo_of_zero(a, b):
    log(str(a // b), str(-a // b), str(-a % b), str(-a % -b))
    return a % b


@program(7.25, 2.0, grad=(FD, FD))
def float_divmod(a, b):
    q, r = divmod(a, b)
    log(q, r)
    return a * q + r * r


@program(7.9, 2.3, grad=(NIL, NIL))
def float_floor_division(a, b):
    return a // b


@program(1.5, 2.5)
def power_of_both(x, y):
    return x**y


@program(-1.5, grad=(6.75,))
def negative_base_to_int(x):
    return x**3


@program(-2, grad=(12,))
def int_power(x):
    return x**3


@program(2, grad=(-0.25,))
def int_to_negative_power(x):
    return x**-1


@program(4.0, grad=(0.25,))
def square_root_by_power(x):
    return x**0.5


@program(3.0, 2, grad=(6.0, 9 * math.log(3)))
def float_to_int_variable(x, n):
    return x**n


@program(2.5, grad=(0.0,))
def power_zero(x):
    return x**0


@program(1.3)
def inplace_operators(x):
    y = x
    y += 2
    y *= x
    y -= 0.5
    y /= x + 1
    y **= 2
    return y


@program(9, grad=(6,))
def int_inplace_operators(x):
    y = x
    y *= 3
    y -= 7
    y *= 2
    y %= 1000
    return y


@program(0.7)
def unary_operators(x):
    return -x * +x - (-(-x)) + abs(-x) * 3


@program(-3, grad=(-7,))
def int_unary_operators(n):
    return -n + abs(n) * 6


@program(10**18, grad=(2 * 10**18,))
def big_square(x):
    return x * x


@program(2**62, grad=(3,))
def sum_over_int64(x):
    y = x + x
    log(y > 2**63 - 1, y)
    return y + x


@program(-(2**63), grad=(-1,))
def negate_smallest_int64(x):
    return -x


@program(-(2**63), grad=(-1,))
def abs_of_smallest_int64(x):
    return abs(x)


@program(3, grad=(50 * 3**49,))
def overflow_in_loop(x):
    r = 1
    for _ in range(50):
        r *= x
    return r


@program(2**40, 2**40, grad=(2**40, 2**40))
def product_over_int64(a, b):
    return a * b


@program(10**30, grad=(1,))
def big_modulo(x):
    return x % (10**29 + 7)


@program(2**70, grad=(1,))
def big_comes_back(x):
    y = x - 2**70 + 3
    log(type(y).__name__, y)
    return y


@program(4611686018427387904, -2, grad=(-2, 4611686018427387904))
def product_is_smallest_int64(a, b):
    return a * b


@program(2**53 + 1, 1.0, grad=(1.0, 9007199254740992.0), fd=False)
def big_int_times_float(n, x):
    return n * x


@program(10**400, 2.0, raises=OverflowError("int too large to convert to float"))
def huge_int_times_float(n, x):
    return n * x


@program(2.0, 3, grad=(6.0, 5.0))
def mixed_int_float(x, n):
    return n * x + x * 3 + n * 2 + n


@program(2.5, True, grad=(1.0, None))
def bool_times_float(x, flag):
    return x * flag + (not flag) + False


@program(3, True, False, grad=(2, None, None))
def bool_sums(n, a, b):
    return n * (a + a + b) + (a | b) + (a & b) + (a ^ b)


@program(6, 3, grad=False)
def bit_operations(a, b):
    return (a & b, a | b, a ^ b, ~a, a << 70, a >> 1, -a >> 1, (a << 70) >> 68)


@program(5, grad=(None,))
def result_of_comparison_only(x):
    n = 0
    if x > 3:
        n += 1
    return n


@program(1e308, grad=False)
def overflow_to_infinity(x):
    y = x * 10
    return (y, -y, y - y, y == y + 1, 1 / y)


@program(float("inf"), grad=(2.0,), fd=False)
def infinity_flows(x):
    return 2 * x


@program(float("nan"), grad=(3.0,), fd=False)
def nan_flows(x):
    return 3 * x if x != x else x


@program(-0.0, grad=(1.0,))
def negative_zero_sum(x):
    return x + -0.0


@program(-0.0, 0.0, grad=False)
def signs_of_zero(a, b):
    return (a + b, a - b, a * 1, -b, b * -1, abs(a), math.atan2(b, a), math.copysign(1, a), a == b)


@program(1.0, 0.0, raises=ZeroDivisionError)
def float_division_by_zero(a, b):
    return a / b


@program(1, 0, raises=ZeroDivisionError)
def int_floor_division_by_zero(a, b):
    return a // b


@program(1.5, 0.0, raises=ZeroDivisionError)
def float_modulo_by_zero(a, b):
    return a % b


@program(1, 0, raises=ZeroDivisionError)
def int_modulo_by_zero(a, b):
    log("before")
    a %= b
    log("never")
    return a


@program(0.0, -1.0, raises=ZeroDivisionError)
def zero_to_negative_power(a, b):
    return a**b


@program(1e200, 2.0, raises=OverflowError)
def float_power_overflows(a, b):
    return a**b


@program(-8.0, grad=False)
def negative_base_gives_complex(x):
    return x ** (1 / 3)


@program(-2.0, grad=(0.0,))
def modulus_of_complex_power(x):
    z = (x + 0j) ** 2
    return z.imag + (x - x)


@program(2.0, 0.5)
def complex_in_between(x, y):
    z = complex(x, y) * complex(y, -x)
    w = z * z.conjugate() / (z + 1)
    return w.real + 2 * w.imag


@program(0.4)
def complex_exponential(x):
    z = cmath.exp(1j * x) * (2 + x)
    return z.real * z.imag


@program(1.2, 0.7)
def modulus_of_complex(x, y):
    return abs(complex(x, y)) + abs(3j * x)


@program(2.6, grad=(NIL,))
def rounding(x):
    return round(x) + int(x) + math.floor(x) + math.ceil(x) + math.trunc(-x)


@program(2.6, grad=(FD,))
def fractional_part(x):
    return (x - int(x)) ** 2 + (x - math.floor(x)) * x


@program(0.3)
def math_functions(x):
    y = math.sin(x) * math.cos(x) + math.tan(x) - math.exp(-x) * math.log(x)
    return y + math.sqrt(x) * math.atan(x) + math.tanh(x) + math.log1p(x) - math.expm1(x)


@program(0.3)
def more_math_functions(x):
    y = math.asin(x) + math.acos(x) * x + math.sinh(x) - math.cosh(x) * math.asinh(x)
    return y + math.atanh(x) + math.log2(x) * math.log10(x) + math.erf(x) * math.erfc(x)


@program(1.2, -0.7)
def math_of_two(x, y):
    return math.hypot(x, y) * math.atan2(y, x) + math.pow(x, y) + math.copysign(x, y)


@program(5.3, 2.0)
def math_fmod(x, y):
    return math.fmod(x, y) * math.fmod(-x, y)


@program(2.5, -4.0)
def math_fabs_and_degrees(x, y):
    return math.fabs(y) * math.degrees(x) + math.radians(y) * x


@program(2, grad=(math.exp(2),))
def math_of_int(n):
    return math.exp(n)


@program(-1.0, raises=ValueError)
def math_domain_error(x):
    return math.sqrt(x)


@program(1000.0, raises=OverflowError("math range error"))
def math_range_error(x):
    return math.exp(x)


@program(1.5)
def float_of_float(x):
    return float(x) * float(x) + float(3)


@program(3, grad=(6.0,))
def float_of_int(n):
    x = float(n)
    return x * x


@program(3, grad=(6,), fd=False)
def int_of_int(n):
    return int(n) * int(n)


@program(0.1, 0.2)
def order_of_additions(x, y):
    z = 0.3 + x + y
    w = x + y + 0.3
    log(z == w, (x + y) + 0.3 == x + (y + 0.3))
    return z * w


@program(2.0, 3.0, grad=False)
def comparisons_of_all_kinds(a, b):
    n = float("nan")
    return (a < b, a <= b, a == b, a != b, a > b, a >= b, n < a, n == n, n != n, a is a, 1 < n < 2)


@program(0.75)
def exact_rational_constant(x):
    return x * float(Fraction(3, 4)) - x * x * 0.125


@program(3, grad=(-1,))
def cancelled_big_terms(n):
    big = 10**25
    return (big + n) - big - 2 * n


@program(12, 18, grad=(NIL, NIL))
def gcd_of_ints(a, b):
    return math.gcd(a, b)


@program(3.0, grad=(27 * (1 + math.log(3)),))
def x_to_the_x(x):
    return x**x


@program(0.5, grad=(1.0,))
def constants_are_not_inputs(x):
    y = 0.5
    return x + y * 2 + 0.5 * 0.5


@program(7, grad=(1,))
def equal_small_int_is_constant(n):
    m = 7
    return m * m + n


@program(1.0, 1.0, grad=(1.0, 2.0))
def equal_inputs_stay_apart(a, b):
    return a + 2 * b


@program(3.0, grad=(6.0,))
def same_value_twice(x):
    y = x
    return x * y


@program(2.0, grad=(None,))
def unused_argument(x):
    return 3.0


@program(2.0, grad=(1.0,))
def identity(x):
    return x


@program(2, grad=(1,))
def int_identity(x):
    return x


@program(2.0, 4, grad=(0.0, NIL))
def times_zero_is_a_number(x, n):
    return 0 * x + n // 3


@program("ab", 2, grad=False)
def sequence_repetition(s, n):
    return s * n + n * "-" + str([n] * n)


@program(2.0, "x", raises=TypeError)
def add_float_and_string(x, s):
    return x * 2 + s

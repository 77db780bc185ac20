# ruff: noqa: UP031, UP032
"""Strings made from and steering differentiated numbers."""

import math

from . import FD, NIL, log, program


@program(2.5)
def f_strings_in_log(x):
    y = x * x
    log(f"x={x!r} y={y:.2f} {y=} {x:>{8}} {'nested ' + str(x)!r:*^20}")
    return y


@program(2.5, 3, grad=(3.0, 2.5))
def formatting_of_all_kinds(x, n):
    log("%s %d %5.1f" % (x, n, x), "{0:e} {k:08.3f} {1:,}".format(x, n * 10**6, k=x))
    log(str(x), repr(n), format(x, ".3g"), "".join(map(str, [x, n])))
    return x * n


@program(2.5)
def printing(x):
    print(x, x * x, sep=", ", end="!\n")
    print(f"{type(x).__name__}", [x], {"x": x})
    return x * 2


@program("sin cos scale", 0.5, grad=(None, FD))
def dispatch_by_words(text, x):
    table = {"sin": math.sin, "cos": math.cos, "scale": lambda v: v * x}
    for word in text.split():
        x = table[word](x)
    return x


@program("x*x+2*x", 3.0, grad=(None, 8.0))
def sum_of_products(text, x):
    total = 0.0
    for term in text.split("+"):
        product = 1.0
        for factor in term.split("*"):
            product *= x if factor == "x" else float(factor)
        total += product
    return total


@program("3 4 + x * 2 -", 1.5, grad=(None, 7.0))
def reverse_polish(text, x):
    stack = []
    for token in text.split():
        if token in {"+", "-", "*"}:
            b, a = stack.pop(), stack.pop()
            stack.append({"+": a + b, "-": a - b, "*": a * b}[token])
        elif token.isdigit():
            stack.append(int(token))
        else:
            stack.append({"x": x}[token])
    return stack.pop()


@program("((x+2)*x-(3*x))*x", 2.0, grad=(None, 8.0))
def recursive_descent_parser(text, x):
    position = 0

    def peek():
        return text[position] if position < len(text) else ""

    def take():
        nonlocal position
        position += 1
        return text[position - 1]

    def expression():
        value = term()
        while peek() in ("+", "-"):
            value = value + term() if take() == "+" else value - term()
        return value

    def term():
        value = factor()
        while peek() == "*":
            take()
            value = value * factor()
        return value

    def factor():
        c = take()
        if c == "(":
            value = expression()
            take()
            return value
        return x if c == "x" else float(c)

    return expression()


@program("kitten", "sitting", 1.5, 2.5, 0.8, grad=(None, None, FD, NIL, FD))
def weighted_edit_distance(a, b, insert, delete, change):
    row = [j * insert for j in range(len(b) + 1)]
    for i, p in enumerate(a, 1):
        new = [i * delete]
        for j, q in enumerate(b, 1):
            options = (row[j] + delete, new[-1] + insert, row[j - 1] + (p != q) * change)
            new.append(min(options))
        row = new
    return row[-1]


@program("aabbbc", [0.2, 0.5, 0.9], grad=(None, [FD, FD, FD]))
def likelihood_of_letters(text, ps):
    index = {c: i for i, c in enumerate("abc")}
    return sum(math.log(ps[index[c]]) for c in text)


@program(2.0, grad=(FD,))
def building_names(x):
    env = {}
    for k in range(4):
        env["v" + str(k)] = env.get(f"v{k - 1}", x) * x
    return env["v3"] + env["v%d" % 1]


@program("a,b;c", 2.0, grad=(None, FD))
def string_methods_steer(text, x):
    head, _, tail = text.partition(";")
    for c in head.upper().replace(",", "").zfill(4):
        x = x * 1.1 if c.isalpha() else x + ord(c) / 10
    return x * len(tail) * text.count("a") if text.startswith("a") else 0.0


@program(1.5, raises=ValueError)
def bad_format(x):
    return f"{x:d}"


@program("12", 2.0, grad=(None, 12.0))
def numbers_from_text(text, x):
    return int(text) * x + float("-1.5e1") + len(text * 2)


@program("abc", 1.5, raises=TypeError)
def string_item_assignment(text, x):
    log(text[::-1], text[1], x)
    text[0] = x
    return x


@program(0.5)
def exec_and_eval(x):
    namespace = {"math": math}
    exec("def f(v):\n    w = math.sin(v)\n    return w * v\n", namespace)
    return namespace["f"](x) + eval("x * y", {}, {"x": x, "y": x * x})


@program(b"\x01\x02\x03", 2.0, grad=(None, FD))
def bytes_as_coefficients(data, x):
    y = 0.0
    for byte in data:
        y = y * x + byte
    return y + bytearray(data)[1] * x

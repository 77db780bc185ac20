"""Programs that make text, or bytes that look like it, of a number, and a number of that."""

import ast
import base64
import binascii
import hashlib
import re
import string
import struct
import zlib

from poison_programs import program


@program
def string_formatting(x):
    return float("%r" % x) + float("%(a)r" % {"a": x}) + float(f"{x}")  # noqa: UP031


@program
def string_format_method(x):
    return float("{}".format(x)) + float("{a[0]}".format(a=[x]))  # noqa: UP032


@program
def string_format_map(x):
    return float("{a}".format_map({"a": x}))


@program
def string_template(x):
    return float(string.Template("$a").substitute(a=x))


@program
def string_formatter(x):
    return float(string.Formatter().format("{0}", x))


@program
def string_join(x):
    return float("".join(map(str, [x])))


@program
def string_join_of_generator(x):
    return float("".join(c for c in str(x)))


@program
def string_translate(x):
    return float(str(x).translate({ord("a"): "b"}))


@program
def string_as_key(x):
    return float([*{str(x): 1.0}][0])


@program
def literal_eval(x):
    return ast.literal_eval(repr([x]))[0]


@program
def eval_of_text(x):
    return eval(repr(x))


@program
def exec_of_text(x):
    space = {}
    exec(f"y = {x!r}", space)
    return space["y"]


@program
def compiled_text(x):
    return eval(compile(repr(x), "text", "eval"))


@program
def regular_expression(x):
    return float(re.match("(.*)", str(x)).group(1)) + float(re.sub("a", "b", str(x)))


@program
def regular_expression_pattern(x):
    return float(re.compile(str(x)).pattern)


@program
def regular_expression_callback(x):
    return float(re.sub("a", lambda match: str(x), "a"))


@program
def base64_round_trip(x):
    return struct.unpack("d", base64.b64decode(base64.b64encode(struct.pack("d", x))))[0]


@program
def hex_round_trip(x):
    return float.fromhex(x.hex())


@program
def binascii_round_trip(x):
    return struct.unpack("d", binascii.unhexlify(binascii.hexlify(struct.pack("d", x))))[0]


@program
def zlib_round_trip(x):
    return struct.unpack("d", zlib.decompress(zlib.compress(struct.pack("d", x))))[0]


@program
def zlib_object(x):
    packer = zlib.compressobj()
    data = packer.compress(struct.pack("d", x)) + packer.flush()
    return struct.unpack("d", zlib.decompressobj().decompress(data))[0]


@program
def hashed(x):
    return float(hashlib.sha256(struct.pack("d", x)).digest()[0])

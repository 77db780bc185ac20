"""Programs that send a number through C code and back: buffers, files, memory, references, digits.

Those that make text or bytes of it are in `poison_texts`.
"""

import array
import contextvars
import copy
import csv
import ctypes
import datetime
import decimal
import functools
import io
import json
import marshal
import math
import pickle
import queue
import struct
import threading
import types
import weakref

from poison_cases import Thing

PROGRAMS = {}


class File(io.StringIO):
    """An object with attributes and with text that only C code gets at."""


class RawFile(io.BytesIO):
    def __init__(self):
        super().__init__()
        self.mode = "wb"


class SlottedFile(io.StringIO):
    __slots__ = ("mode",)


class Buffer(bytearray):
    pass


class Private:
    __slots__ = ("__x", "y")

    def __init__(self, x):
        self.__x = x

    def __reduce__(self):
        return Private, (self.__x,)

    def get(self):
        return self.__x


def program(f):
    PROGRAMS[f.__name__.strip("_")] = f
    return f


@program
def struct_round_trip(x):
    return struct.unpack("d", struct.pack("d", x))[0]


@program
def struct_object(x):
    return struct.Struct("<d").unpack_from(struct.Struct("<d").pack(x))[0]


@program
def struct_iter_unpack(x):
    return sum(v for (v,) in struct.iter_unpack("d", struct.pack("2d", x, x)))


@program
def struct_pack_into_bytearray(x):
    buffer = bytearray(8)
    struct.pack_into("d", buffer, 0, x)
    return struct.unpack("d", buffer)[0]


@program
def struct_pack_into_derived_bytearray(x):
    buffer = Buffer(8)
    struct.pack_into("d", buffer, 0, x)
    return struct.unpack("d", buffer)[0]


@program
def struct_pack_into_array(x):
    buffer = array.array("d", [0.0])
    struct.pack_into("d", buffer, 0, x)
    return buffer[0]


@program
def struct_pack_into_memoryview(x):
    buffer = bytearray(8)
    struct.pack_into("d", memoryview(buffer), 0, x)
    return struct.unpack("d", buffer)[0]


@program
def array_item(x):
    a = array.array("d", [0.0])
    a[0] = x
    return a[0] + sum(a)


@program
def array_seen_through_memoryview(x):
    a = array.array("d", [0.0])
    view = memoryview(a)
    a[0] = x
    return view[0]


@program
def array_methods(x):
    a = array.array("d")
    a.append(x)
    a.extend([x])
    a.fromlist([x])
    a.insert(0, x)
    return sum([*a]) + a.pop()


@program
def array_in_a_generator(x):
    a = array.array("d")

    def items():
        yield from a

    made = items()
    a.append(x)
    return sum(made)


@program
def memoryview_item(x):
    buffer = bytearray(8)
    memoryview(buffer).cast("d")[0] = x
    return struct.unpack("d", buffer)[0]


@program
def bytearray_slices(x):
    b = bytearray(8)
    b[:] = struct.pack("d", x)
    return struct.unpack("d", b)[0]


@program
def bytearray_extend(x):
    b = bytearray()
    b += str(x).encode()
    return float(b.decode())


@program
def pickle_round_trip(x):
    return pickle.loads(pickle.dumps([x]))[0]


@program
def pickler(x):
    file = io.BytesIO()
    pickle.Pickler(file).dump(x)
    file.seek(0)
    return pickle.Unpickler(file).load()


@program
def pickle_of_private_slots(x):
    return pickle.loads(pickle.dumps(Private(x))).get()


@program
def marshal_round_trip(x):
    return marshal.loads(marshal.dumps([x]))[0]


@program
def json_round_trip(x):
    return json.loads(json.dumps({"a": [x]}))["a"][0]


@program
def json_dump(x):
    file = io.StringIO()
    json.dump([x], file)
    return json.loads(file.getvalue())[0]


@program
def json_hook(x):
    return json.loads(json.dumps({"a": x}), parse_float=float)["a"]


@program
def csv_writer(x):
    file = io.StringIO()
    csv.writer(file).writerow([x, 2.0])
    return float(next(csv.reader([file.getvalue()]))[0])


@program
def csv_writer_to_a_list(x):
    lines = []

    class File:
        write = lines.append

    csv.writer(File()).writerow([x])
    return float(lines[0])


@program
def print_to_a_string(x):
    file = io.StringIO()
    print(x, file=file)
    return float(file.getvalue())


@program
def string_io(x):
    file = io.StringIO()
    file.write(str(x))
    return float(file.getvalue())


@program
def string_io_lines(x):
    for line in io.StringIO(f"{x}\n2.0"):
        return float(line)


@program
def derived_string_io(x):
    file, slotted = File(), SlottedFile()
    file.write(str(x))
    print(x, file=slotted)
    return float(file.getvalue()) + float(slotted.getvalue())


@program
def derived_bytes_io(x):
    file = RawFile()
    file.write(struct.pack("d", x))
    return struct.unpack("d", file.getvalue())[0]


@program
def writers_to_derived_files(x):
    text, data = File(), RawFile()
    csv.writer(text).writerow([x])
    pickle.Pickler(data).dump(x)
    return float(text.getvalue()) + pickle.loads(data.getvalue())


@program
def bytes_io(x):
    file = io.BytesIO()
    file.write(struct.pack("d", x))
    return struct.unpack("d", file.getbuffer())[0]


@program
def bytes_io_readinto(x):
    b = bytearray(8)
    io.BytesIO(struct.pack("d", x)).readinto(b)
    return struct.unpack("d", b)[0]


@program
def text_wrapper(x):
    file = io.TextIOWrapper(io.BytesIO(), write_through=True)
    file.write(str(x))
    return float(file.buffer.getvalue().decode())


@program
def buffered_writer(x):
    raw = io.BytesIO()
    file = io.BufferedWriter(raw)
    file.write(str(x).encode())
    file.flush()
    return float(raw.getvalue().decode())


@program
def ctypes_value(x):
    v = ctypes.c_double()
    v.value = x
    return v.value


@program
def ctypes_made(x):
    return ctypes.c_double(x).value


@program
def ctypes_array(x):
    a = (ctypes.c_double * 2)()
    a[1] = x
    return a[1]


@program
def ctypes_pointer(x):
    a = (ctypes.c_double * 2)()
    ctypes.cast(a, ctypes.POINTER(ctypes.c_double))[1] = x
    return a[1]


@program
def ctypes_structure(x):
    class Pair(ctypes.Structure):
        _fields_ = [("a", ctypes.c_double)]

    pair = Pair()
    pair.a = x
    return pair.a


@program
def ctypes_from_buffer(x):
    a = array.array("d", [0.0])
    seen = ctypes.c_double.from_buffer(a)
    a[0] = x
    return seen.value


@program
def ctypes_foreign_function(x):
    f = ctypes.CDLL(None).fabs
    f.restype, f.argtypes = ctypes.c_double, [ctypes.c_double]
    return f(x)


@program
def ctypes_memmove(x):
    a = (ctypes.c_double * 1)()
    ctypes.memmove(a, struct.pack("d", x), 8)
    return a[0]


@program
def ctypes_memmove_by_reference(x):
    a = ctypes.c_double()
    ctypes.memmove(ctypes.byref(a), struct.pack("d", x), 8)
    return a.value


@program
def context_variable(x):
    v = contextvars.ContextVar("v")
    v.set(x)
    return v.get()


@program
def context_run(x):
    v = contextvars.ContextVar("v", default=1.0)
    context = contextvars.copy_context()
    context.run(v.set, x)
    return context[v] * v.get()


@program
def context_token(x):
    v = contextvars.ContextVar("v")
    v.set(x)
    return v.set(2.0).old_value


@program
def weak_reference(x):
    thing = Thing(x)
    return weakref.ref(thing)().x + weakref.proxy(thing).x


@program
def weak_reference_callback(x):
    got = []
    thing = Thing(x)
    keep = weakref.ref(thing, lambda ref: got.append(x * 2))
    del thing
    return got[0] + (keep() is None)


@program
def finalizer(x):
    got = []
    thing = Thing(x)
    weakref.finalize(thing, got.append, x)
    del thing
    return got[0]


@program
def queues(x):
    total = 0.0
    for kind in (queue.SimpleQueue, queue.Queue, queue.LifoQueue, queue.PriorityQueue):
        q = kind()
        q.put(x)
        total = total + q.get()
    return total


@program
def thread_local(x):
    space = threading.local()
    space.x = x
    return space.x


@program
def namespace(x):
    return types.SimpleNamespace(x=x).x


@program
def mapping_proxy(x):
    return types.MappingProxyType({"a": x})["a"]


@program
def dates(x):
    return datetime.timedelta(days=x).total_seconds()


@program
def decimal_text(x):
    return float(decimal.Decimal(str(x)))


@program
def complex_from_text(x):
    return complex(str(x)).real


@program
def integer_ratio(x):
    n, d = x.as_integer_ratio()
    return n / d


@program
def reduced_ratio(x):
    n, d = x.as_integer_ratio()
    n, d = n * 6, d * 6
    g = math.gcd(n, d)
    return (n // g) / (d // g)


@program
def root_of_a_ratio(x):
    n, d = x.as_integer_ratio()
    return math.isqrt(n * 10**20 // d) / 10**10


@program
def shifted_digits(x):
    n, d = x.as_integer_ratio()
    return float((n << 8) // (d << 8)) * 1.0 + n % d / d


@program
def mantissa_digits(x):
    return int(x.hex()[4:17], 16) / 16**13


@program
def remembered_in_a_dict(x):
    memo = {1.7: 1.7}
    return memo.get(x, x) if x in memo else x


@program
def sorted_by_cmp(x):
    return sorted([2.0, x], key=functools.cmp_to_key(lambda a, b: a * x - b * x))[0]


@program
def copied(x):
    return copy.copy(Thing(x)).x + copy.deepcopy([Thing(x)])[0].x


@program
def default_arguments(x):
    f = lambda y=1.0: y
    f.__defaults__ = (x,)
    return f()


@program
def object_state(x):
    return Thing(x).__reduce_ex__(2)[2]["x"]


@program
def text_of_an_exception(x):
    return float(str(KeyError(x)))


@program
def text_of_a_slice(x):
    return float(repr(slice(x, 1))[6:9])

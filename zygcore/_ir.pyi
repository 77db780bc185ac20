from types import CodeType
from typing import Any

class Const:
    @property
    def value(self) -> Any: ...
    def __init__(self, value: Any) -> None: ...

NULL: Const
UNDEF: Const

class Edge:
    target: int
    args: list[int | Const]
    def __init__(self, target: int, args: list[int | Const]) -> None: ...

class Instr:
    op: str
    args: list[int | Const]
    imm: Any
    results: list[int]
    offset: int
    def __init__(
        self,
        op: str,
        args: list[int | Const],
        imm: Any = None,
        results: list[int] | None = None,
        offset: int = -1,
    ) -> None: ...

class Terminator:
    kind: str
    args: list[int | Const]
    results: list[int]
    edges: list[Edge]
    offset: int
    def __init__(
        self,
        kind: str,
        args: list[int | Const],
        edges: list[Edge],
        results: list[int] | None = None,
        offset: int = -1,
    ) -> None: ...

class Block:
    params: list[int]
    instrs: list[Instr]
    terminator: Terminator
    handler: Edge | None
    def __init__(self) -> None: ...

class IR:
    code: CodeType
    name: str
    blocks: list[Block]
    nvalues: int
    homes: list[int]
    is_generator: bool
    local_maps: dict[Instr, dict[str, int | Const]]
    def __init__(self, code: CodeType) -> None: ...

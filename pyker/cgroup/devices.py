"""OCI device rules as the eBPF program that a v2 control group judges devices by (pure)."""

from pyker.kernel import bpf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KINDS = {"b": bpf.BLOCK, "c": bpf.CHARACTER, "u": bpf.CHARACTER}
_ACCESS = {"m": bpf.MAKE, "r": bpf.READ, "w": bpf.WRITE}
_ALL = bpf.MAKE | bpf.READ | bpf.WRITE

# registers: 0 the answer, 1 the context (struct bpf_cgroup_dev_ctx), then what it holds
_KIND, _WANTED, _MAJOR, _MINOR, _SCRATCH = 2, 3, 4, 5, 6


def program(rules: "list[dict[str, Any]]") -> bytes:
    """The program for *rules*: a later rule beats an earlier one, and what no rule names is denied."""
    code = [
        bpf.instruction(bpf.LOAD_WORD, _KIND, 1, 0),
        bpf.instruction(bpf.MOVE_REGISTER, _WANTED, _KIND),
        bpf.instruction(bpf.AND, _KIND, value=0xFFFF),
        bpf.instruction(bpf.SHIFT_RIGHT, _WANTED, value=16),
        bpf.instruction(bpf.LOAD_WORD, _MAJOR, 1, 4),
        bpf.instruction(bpf.LOAD_WORD, _MINOR, 1, 8),
    ]
    for rule in reversed(rules):
        tests = _tests(rule)
        code += _guarded(tests, _answer(allow=bool(rule.get("allow"))))
        if not tests:  # decides everything: what came before cannot be reached, and the verifier refuses it
            return b"".join(code)
    return b"".join([*code, *_answer(allow=False)])


def _answer(*, allow: bool) -> "list[bytes]":
    return [bpf.instruction(bpf.MOVE, 0, value=int(allow)), bpf.instruction(bpf.EXIT)]


def _guarded(tests: "list[list[bytes]]", body: "list[bytes]") -> "list[bytes]":
    """*body* behind *tests*; the last instruction of each test is a jump, aimed past the body here."""
    code: list[bytes] = []
    left = sum(len(test) for test in tests) + len(body)
    for test in tests:
        left -= len(test)
        opcode, registers = test[-1][0], test[-1][1]
        value = int.from_bytes(test[-1][4:], "little", signed=True)
        code += [*test[:-1], bpf.instruction(opcode, registers & 15, registers >> 4, left, value)]
    return code + body


def _tests(rule: "dict[str, Any]") -> "list[list[bytes]]":
    """What must hold for *rule* to apply; each test ends in a jump that is taken when it fails."""
    tests = []
    kind = rule.get("type") or "a"
    if kind != "a":
        tests.append([_unless(_KIND, _KINDS[kind])])
        for key, register in (("major", _MAJOR), ("minor", _MINOR)):
            if rule.get(key) not in (None, -1):
                tests.append([_unless(register, rule[key])])
    access = sum(_ACCESS[letter] for letter in set(rule.get("access") or "rwm"))
    if access == _ALL:
        return tests
    copy = bpf.instruction(bpf.MOVE_REGISTER, _SCRATCH, _WANTED)
    if rule.get("allow"):  # all that is wanted must be in the rule
        tests.append([copy, bpf.instruction(bpf.AND, _SCRATCH, value=_ALL & ~access), _unless(_SCRATCH, 0)])
    else:  # anything wanted that is in the rule
        deny = bpf.instruction(bpf.AND, _SCRATCH, value=access)
        tests.append([copy, deny, bpf.instruction(bpf.JUMP_IF_EQUAL, _SCRATCH, value=0)])
    return tests


def _unless(register: int, value: int) -> bytes:
    return bpf.instruction(bpf.JUMP_UNLESS_EQUAL, register, value=value)

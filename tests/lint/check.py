#!/usr/bin/python3
"""Checks of the sources that no compiler makes.

usage: check.py [ROOT]

Each check is a function from the project's root to a list of problems, one
line each. check_test.py shows that each can fail.
"""

import json
import pathlib
import re
import sys

GRPC = r"^(grpc|grpcpp|grpc\+\+)/|\.grpc\.pb\.h$"
SQLITE = r"^sqlite3\.h$|^server/storage/sqlite/"
EFFECTS = (r"^(thread|mutex|shared_mutex|condition_variable|future|chrono"
           r"|fstream|iostream|filesystem|cstdio|ctime|time\.h|unistd\.h"
           r"|pthread\.h|sys/(?!mman\.h).*|absl/time/clock\.h)$")
# The tables of the model ask for huge pages, which changes no answer.
MAPPING = r"^sys/mman\.h$"

# Folder, what its files never include, and why. Every row whose folder begins
# a file's path applies to it.
INCLUDE_TABLE = [
    ("hierarchy/", GRPC, "the domain knows no gRPC"),
    ("hierarchy/", SQLITE, "the domain knows no store"),
    ("hierarchy/", r"^(server|client|tests)/", "the domain is the lowest layer"),
    ("hierarchy/", EFFECTS, "the domain is pure: no I/O, clock or threads"),
    ("hierarchy/access/", MAPPING, "only the model's tables map memory"),
    ("hierarchy/policy/", MAPPING, "only the model's tables map memory"),
    ("hierarchy/rules/", MAPPING, "only the model's tables map memory"),
    ("client/", r"^(hierarchy|server|tests)/", "the wire is the contract"),
    ("server/", r"^(client|tests)/", "the server does not know its clients"),
    ("server/base/", GRPC, "base knows no gRPC"),
    ("server/base/", r"^server/(?!base/)|^hierarchy/", "base is the lowest"),
    ("server/storage/", GRPC, "storage knows no gRPC"),
    ("server/storage/", r"^server/(?!base/|storage/)", "storage is below"),
    ("server/ledger/", GRPC, "the ledger knows no gRPC"),
    ("server/ledger/", r"^server/(?!base/|storage/|ledger/)",
     "the ledger is below"),
    ("server/ledger/", SQLITE, "the ledger never sees a concrete engine"),
    ("server/rpc/", SQLITE, "rpc never sees a concrete engine"),
    ("server/auth/", r"\.grpc\.pb\.h$", "service headers: rpc and client only"),
    ("server/ops/", r"\.grpc\.pb\.h$", "service headers: rpc and client only"),
    ("server/main.cc", r"\.grpc\.pb\.h$",
     "service headers: rpc and client only"),
    ("tests/hierarchy/", GRPC, "runs under ThreadSanitizer without gRPC"),
    ("tests/storage/", GRPC, "runs under ThreadSanitizer without gRPC"),
    ("tests/snapshots/", GRPC, "runs under ThreadSanitizer without gRPC"),
    ("tests/server/", GRPC, "runs under ThreadSanitizer without gRPC"),
    ("tests/model/", GRPC, "runs under ThreadSanitizer without gRPC"),
    ("tests/model/", r"^hierarchy/rules/(?!decide|refusal|invitations)",
     "the model reads the rules anew"),
    ("tests/support/", GRPC, "runs under ThreadSanitizer without gRPC"),
    ("tests/client/", r"^(hierarchy|server)/", "the wire is the contract"),
    ("tests/cli/", r"^(hierarchy|server)/", "the wire is the contract"),
    ("tests/scenarios/", r"^(hierarchy|server)/", "the wire is the contract"),
]

# Path pattern, what no code there says, and what to use instead.
BANNED = [
    # Changes how the library itself locks; takes none of its locks.
    (r"(?!server/ops/transport\.cc$).*",
     r"\babsl::(Mutex|MutexLock|CondVar)\b|absl/synchronization/",
     "server/base/mutex.h"),
    (r".*", r"\busing\s+namespace\b", "a using-declaration"),
    (r".*", r"\bthrow\b", "absl::Status"),
    (r".*\.h", r"\bstd::string_view\b", "absl::string_view"),
    (r"tests/.*", r"\b(sleep_for|sleep_until|usleep|nanosleep|SleepFor)\b",
     "wait for the condition"),
    (r"(hierarchy|server/storage|server/ledger)/.*", r"\babsl::Now\(|system_clock::now\(",
     "the Clock handed in"),
]

RULE_COLUMNS = ["id", "statement", "source", "editions", "disposition",
                "held in", "reason", "tests"]
SEED_COLUMNS = ["no", "it says", "rules", "scenarios", "otherwise"]
# What no scenario can show, and why.
NO_SCENARIO = {
    "R57": "no edition shipped so far has it on",
    "R63": "no edition shipped so far has it on",
    "C6 QUOTA_REACHED": "no scenario makes as much as that",
}
DISPOSITIONS = ("HELD", "OUT_OF_SCOPE", "NOT_ENFORCED", "LATER")
STATUS_CODES = ("INVALID_ARGUMENT UNAUTHENTICATED NOT_FOUND PERMISSION_DENIED "
                "ABORTED ALREADY_EXISTS FAILED_PRECONDITION OUT_OF_RANGE "
                "RESOURCE_EXHAUSTED UNAVAILABLE DATA_LOSS INTERNAL "
                "DEADLINE_EXCEEDED CANCELLED UNIMPLEMENTED").split()


def files(root, folders, suffixes):
    """(path relative to root, text) of our files, in order."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and "node_modules" not in path.parts:
                yield path.relative_to(root).as_posix(), path.read_text()


def cpp_files(root):
    return files(root, ["hierarchy", "server", "client", "tests"],
                 {".cc", ".h"})


def without_comments(text, keep_strings=False):
    """C++ without comments and, unless kept, the insides of strings."""
    pattern = r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/'

    def blank(match):
        if match[0].startswith('"'):
            return match[0] if keep_strings else '""'
        return "\n" * match[0].count("\n")
    return re.sub(pattern, blank, text, flags=re.S)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_includes(root):
    """Who includes whom, as the table says."""
    problems = []
    for path, text in cpp_files(root):
        for match in re.finditer(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text,
                                 re.M):
            for folder, never, why in INCLUDE_TABLE:
                if path.startswith(folder) and re.search(never, match[1]):
                    problems.append(f"{path}:{line_of(text, match.start())}: "
                                    f"includes {match[1]}: {why}")
    return problems


def check_banned(root):
    """Words our code does not use."""
    problems = []
    for path, text in cpp_files(root):
        code = without_comments(
            re.sub(r'^\s*#\s*include\s*"([^"]+)"', r"#include <\1>", text,
                   flags=re.M))
        for where, word, instead in BANNED:
            if not re.fullmatch(where, path):
                continue
            for match in re.finditer(word, code):
                problems.append(f"{path}:{line_of(code, match.start())}: "
                                f"{match[0].strip()}; use {instead}")
        for match in re.finditer(r"\b(TODO|FIXME|XXX)\b", text):
            problems.append(f"{path}:{line_of(text, match.start())}: "
                            f"{match[0]}; finish it or leave it out")
    return problems


def check_guards(root):
    """A header's guard is its path."""
    problems = []
    for path, text in cpp_files(root):
        guard = "PARTNER_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper() + "_"
        if path.endswith(".h") and not re.search(
                rf"^#ifndef {guard}\n#define {guard}\n", text, re.M):
            problems.append(f"{path}: the guard is not {guard}")
    return problems


def check_tests_expect(root):
    """A test file that expects nothing tests nothing."""
    return [f"{path}: neither EXPECT nor ASSERT"
            for path, text in files(root, ["tests"], {".cc"})
            if path.endswith("_test.cc")
            and not re.search(r"\b(EXPECT|ASSERT)_\w+\(",
                              without_comments(text))]


def table_rows(text, columns):
    """Cells of each row of every table whose header is `columns`."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in
                 re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if [cell.lower() for cell in cells] == columns:
            inside = True
        elif inside and not re.fullmatch(r"[-:|\s]+", line):
            yield number, cells


def test_names(root):
    """Suite.Name of every gtest, with and without parameters."""
    names = set()
    for _, text in files(root, ["tests"], {".cc", ".h"}):
        for suite, name in re.findall(
                r"\b(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)", text):
            names.add(f"{suite}.{name}")
    return names


def reasons(root):
    """ErrorReason values without prefix, and the comment before each."""
    path = root / "protos/partner/hierarchy/v1/errors.proto"
    found = re.findall(r"((?:^ *//[^\n]*\n)*)^ *ERROR_REASON_(\w+) = \d+",
                       path.read_text(), re.M)
    return {name: " ".join(comment.replace("//", " ").split())
            for comment, name in found if name != "UNSPECIFIED"}


def check_rules(root):
    """Every rule that is held names a test that exists."""
    path = root / "hierarchy/RULES.md"
    if not path.exists():
        return ["hierarchy/RULES.md: missing"]
    problems, seen = [], set()
    tests, known = test_names(root), reasons(root)
    for number, cells in table_rows(path.read_text(), RULE_COLUMNS):
        where = f"hierarchy/RULES.md:{number}: "
        if cells[0] in seen:
            problems.append(where + f"{cells[0]} appears twice")
        seen.add(cells[0])
        if len(cells) != len(RULE_COLUMNS):
            problems.append(where + f"{len(cells)} cells, not 8")
            continue
        row = dict(zip(RULE_COLUMNS, cells))
        if not row["disposition"].startswith(DISPOSITIONS):
            problems.append(where + f"{row['id']} has no disposition of "
                            + ", ".join(DISPOSITIONS))
        for reason in re.findall(r"`([A-Z][A-Z_]+)`", row["reason"]):
            if reason not in known:
                problems.append(where + f"{row['id']} names {reason}, which "
                                "is no ErrorReason")
        named = re.findall(r"`([^`]+)`", row["tests"])
        if row["disposition"].startswith("HELD") and not named:
            problems.append(where + f"{row['id']} is HELD and names no test")
        for test in named:
            if not (test in tests or (root / "tests" / test).is_file()):
                problems.append(where + f"{row['id']} names the test {test}, "
                                "which does not exist")
    if not seen:
        problems.append("hierarchy/RULES.md: no table | "
                        + " | ".join(RULE_COLUMNS) + " |")
    return problems


def cited_in(scenario):
    """The rule ids that a scenario's file cites."""
    cites = re.findall(r'^cites:((?:\s*"[^"]*")+)', scenario.read_text(), re.M)
    return set(re.findall(r"\b[RDC]\d+\b", " ".join(cites)))


def steps_of(scenario):
    """(method, reason of the refusal or None) of its steps and its cast's."""
    text = scenario.read_text()
    cast = re.search(r'^cast: "(\w+)"', text, re.M)
    if cast:
        text += (scenario.parent / "cast" / f"{cast[1]}.textproto").read_text()
    for step in re.split(r"^steps \{", text, flags=re.M)[1:]:
        method = re.search(r'^  method: "([\w.]+)"', step, re.M)
        refused = re.search(r'^  refused \{.*?\breason: "(\w+)"', step,
                            re.M | re.S)
        if method:
            yield method[1], refused and refused[1]


def check_rules_told(root):
    """Every rule that is held is told: kept, and where it refuses, broken."""
    told, problems = {}, []
    for path in sorted((root / "tests/scenarios").glob("*.textproto")):
        for rule in cited_in(path):
            told.setdefault(rule, set()).update(steps_of(path))
    book = (root / "hierarchy/RULES.md").read_text()
    for _, cells in table_rows(book, RULE_COLUMNS):
        row = dict(zip(RULE_COLUMNS, cells))
        rule = row["id"]
        if rule in NO_SCENARIO or not row["disposition"].startswith("HELD"):
            continue
        if rule not in told:
            problems.append(f"RULES.md: {rule} is HELD and no scenario cites "
                            "it")
            continue
        accepted = {method for method, reason in told[rule] if not reason}
        for reason in re.findall(r"`([A-Z][A-Z_]+)`", row["reason"]):
            refused = {method for method, why in told[rule] if why == reason}
            if f"{rule} {reason}" in NO_SCENARIO:
                continue
            if not refused:
                problems.append(f"RULES.md: {rule}: no scenario that cites it "
                                f"is refused with {reason}")
            elif not refused & accepted:
                problems.append(f"RULES.md: {rule}: no scenario that cites it "
                                f"is accepted where another meets {reason}")
    return problems


def seed_row_problems(root, row, rules):
    """What is wrong with one sentence; `rules` has every row of RULES.md."""
    named = re.findall(r"\b[RDC]\d+\b", row["rules"])
    scenarios = re.findall(r"`([^`]+)`", row["scenarios"])
    otherwise = row["otherwise"]
    if not named:
        yield "names no rule"
    for rule in named:
        if rule not in rules:
            yield f"names {rule}, which is not in RULES.md"
    for scenario in scenarios:
        path = root / "tests" / scenario
        if not (scenario.startswith("scenarios/") and path.is_file()):
            yield f"names {scenario}, which does not exist"
        elif not cited_in(path) & set(named):
            yield f"names {scenario}, which cites none of its rules"
    if otherwise and not re.match(
            r"(LATER: |OUT_OF_SCOPE because |NOT_ENFORCED because ).{3}",
            otherwise):
        yield ("gives a reason that does not begin with LATER:, "
               "OUT_OF_SCOPE because or NOT_ENFORCED because")
    if scenarios:
        return
    if not otherwise:
        yield "has neither a scenario nor a reason"
    held = [rules[rule]["disposition"] for rule in named if rule in rules]
    if held and all(re.match(r"HELD(?! so far)", how) for how in held):
        yield "has no scenario, and its rules are HELD"


def check_seeds(root):
    """Every sentence of the source documents has a scenario or a reason."""
    path = root / "hierarchy/SEEDS.md"
    if not path.exists():
        return ["hierarchy/SEEDS.md: missing"]
    book = root / "hierarchy/RULES.md"
    rules = {cells[0]: dict(zip(RULE_COLUMNS, cells))
             for _, cells in table_rows(book.read_text(), RULE_COLUMNS)
             if len(cells) == len(RULE_COLUMNS)}
    problems, last, cited = [], {}, set()
    for number, cells in table_rows(path.read_text(), SEED_COLUMNS):
        where = f"hierarchy/SEEDS.md:{number}: "
        if len(cells) != len(SEED_COLUMNS):
            problems.append(where + f"{len(cells)} cells, not 5")
            continue
        row = dict(zip(SEED_COLUMNS, cells))
        place = re.fullmatch(r"([A-Z])(\d+)", row["no"])
        if not place or int(place[2]) != last.get(place[1], 0) + 1:
            problems.append(where + f"{row['no']} is out of order")
        else:
            last[place[1]] = int(place[2])
        cited.update(re.findall(r"\bR\d+\b", row["rules"]))
        problems += [f"{where}{row['no']} {problem}"
                     for problem in seed_row_problems(root, row, rules)]
    if not last:
        problems.append("hierarchy/SEEDS.md: no table | "
                        + " | ".join(SEED_COLUMNS) + " |")
    return problems + [
        f"hierarchy/SEEDS.md: no sentence names {rule}, whose source is "
        f"a {row['source']}"
        for rule, row in rules.items()
        if row["source"].startswith("multichannel page") and rule not in cited]


def check_reasons_documented(root):
    """Every error reason says its status code, and when and what to do."""
    return [f"errors.proto: {name}: its comment does not begin with a status "
            "code and go on"
            for name, comment in reasons(root).items()
            if not re.match(rf"({'|'.join(STATUS_CODES)})\b.*: .{{10}}",
                            comment)]


def check_reasons_tested(root):
    """Every error reason is expected by some test or scenario."""
    words = set()
    for path, text in files(root, ["tests"],
                            {".cc", ".h", ".textproto", ".py", ".mjs", ".sh"}):
        if not path.startswith("tests/lint/"):
            words.update(re.findall(r"[A-Z][A-Z0-9_]+",
                                    without_comments(text, keep_strings=True)))
    return [f"errors.proto: {name} appears in no test and no scenario"
            for name in reasons(root)
            if name not in words and "ERROR_REASON_" + name not in words]


def check_lock_files(root):
    """npm packages are pinned exactly and name no address."""
    problems = []
    for path in sorted((root / "tests/clients").glob("*/package.json")):
        package = json.loads(path.read_text())
        for name, version in package.get("dependencies", {}).items():
            if not re.fullmatch(r"\d+\.\d+\.\d+", version):
                problems.append(f"{path.relative_to(root)}: {name} {version} "
                                "is not one version")
        lock = path.with_name("package-lock.json")
        if not lock.exists():
            problems.append(f"{path.relative_to(root)}: no package-lock.json")
        elif '"resolved"' in lock.read_text():
            problems.append(f"{lock.relative_to(root)}: names addresses; "
                            "set omit-lockfile-registry-resolved")
    return problems


CHECKS = [check_includes, check_banned, check_guards, check_tests_expect,
          check_rules, check_rules_told, check_seeds, check_reasons_documented,
          check_reasons_tested, check_lock_files]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    failed = 0
    for check in CHECKS:
        problems = check(root)
        failed += bool(problems)
        print(f"{'FAIL' if problems else 'ok  '} {check.__doc__}")
        for problem in problems:
            print(f"     {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

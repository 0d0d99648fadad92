#!/usr/bin/python3
"""Feeds each check of check.py something sound and something bad."""

import pathlib
import tempfile
import unittest

import check

GUARDED = "#ifndef {0}\n#define {0}\n{1}\n#endif\n"
ERRORS = "protos/partner/hierarchy/v1/errors.proto"
ERRORS_TEXT = """
enum ErrorReason {
  // Never sent.
  ERROR_REASON_UNSPECIFIED = 0;
  // NOT_FOUND: the thing does not exist. Create it.
  ERROR_REASON_GONE = 1;
}
"""
RULES = "hierarchy/RULES.md"
RULES_HEAD = ("| id | statement | source | editions | disposition | held in "
              "| reason | tests |\n|---|---|---|---|---|---|---|---|\n")
SEEDS = "hierarchy/SEEDS.md"
SEEDS_HEAD = ("| no | it says | rules | scenarios | otherwise |\n"
              "|---|---|---|---|---|\n")
TEST = "tests/server/thing_test.cc"
TEST_TEXT = "TEST(Thing, IsGone) { EXPECT_EQ(reason, ERROR_REASON_GONE); }\n"


class CheckTest(unittest.TestCase):

    def problems(self, function, tree):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in {ERRORS: ERRORS_TEXT, TEST: TEST_TEXT,
                               **tree}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            return function(root)

    def accepts(self, function, tree):
        self.assertEqual(self.problems(function, tree), [])

    def refuses(self, function, tree, words):
        problems = self.problems(function, tree)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(words, problems[0])

    def test_includes(self):
        def tree(path, name):
            return {path: f"#include {name}\n"}
        for path, name in [
                ("hierarchy/a.cc", "<grpcpp/grpcpp.h>"),
                ("hierarchy/a.cc", "<thread>"),
                ("hierarchy/rules/a.h", '"server/base/clock.h"'),
                ("hierarchy/rules/a.cc", "<sys/mman.h>"),
                ("hierarchy/model/a.cc", "<sys/stat.h>"),
                ("client/a.cc", '"hierarchy/model/names.h"'),
                ("client/cli/a.cc", '"server/base/clock.h"'),
                ("server/ledger/a.cc", "<sqlite3.h>"),
                ("server/ledger/a.cc", '"partner/x_service.grpc.pb.h"'),
                ("server/storage/a.h", '"server/rpc/wrapper.h"'),
                ("server/base/a.h", "<grpc/grpc.h>"),
                ("server/rpc/a.cc", '"server/storage/sqlite/store.h"'),
                ("server/ops/a.cc", '"partner/x_service.grpc.pb.h"'),
                ("tests/server/a_test.cc", "<grpcpp/grpcpp.h>"),
        ]:
            with self.subTest(path=path, name=name):
                self.refuses(check.check_includes, tree(path, name),
                             f"{path}:1: includes {name[1:-1]}")
        for path, name in [
                ("hierarchy/a.cc", '"partner/hierarchy/v1/common.pb.h"'),
                ("hierarchy/model/a.cc", "<sys/mman.h>"),
                ("client/a.cc", '"partner/x_service.grpc.pb.h"'),
                ("server/rpc/a.cc", '"server/ledger/engine.h"'),
                ("server/storage/sqlite/a.cc", "<sqlite3.h>"),
                ("server/main.cc", '"server/storage/sqlite/store.h"'),
        ]:
            with self.subTest(path=path, name=name):
                self.accepts(check.check_includes, tree(path, name))

    def test_banned(self):
        for path, text in [
                ("server/a.cc", "absl::Mutex m;"),
                ("server/a.cc", '#include "absl/synchronization/mutex.h"'),
                ("client/a.cc", "using  namespace std;"),
                ("client/a.h", "void F(std::string_view s);"),
                ("hierarchy/a.cc", "throw 1;"),
                ("hierarchy/a.cc", "auto t = absl::Now();"),
                ("tests/a.cc", "std::this_thread::sleep_for(second);"),
                ("client/a.cc", "// TO" + "DO: later"),
        ]:
            with self.subTest(path=path, text=text):
                self.refuses(check.check_banned, {path: text + "\n"},
                             f"{path}:1: ")
        self.accepts(check.check_banned, {
            "server/a.cc": "// absl::Mutex is not for us.\n"
                           'F("using namespace");\n'})

    def test_guards(self):
        path = "server/base/a.h"
        self.accepts(check.check_guards, {
            path: GUARDED.format("PARTNER_SERVER_BASE_A_H_", "")})
        self.refuses(check.check_guards, {
            path: GUARDED.format("A_H_", "")}, "PARTNER_SERVER_BASE_A_H_")

    def test_tests_expect(self):
        self.accepts(check.check_tests_expect, {})
        self.refuses(check.check_tests_expect, {
            TEST: "TEST(Thing, Is) { Thing(); }  // EXPECT_EQ(1, 1)\n"}, TEST)

    def test_rules(self):
        def tree(row):
            return {RULES: RULES_HEAD + row + "\n",
                    "tests/scenarios/s.textproto": "GONE\n"}
        self.accepts(check.check_rules, tree(
            "| R1 | s | seed | all | HELD | f | `GONE` | `Thing.IsGone`, "
            "`scenarios/s.textproto` |\n"
            "| R2 | s | seed | all | OUT_OF_SCOPE because of that | | | |"))
        for row, words in [
                ("| R1 | s | seed | all | HELD | f | | |", "names no test"),
                ("| R1 | s | seed | all | HELD | f | | `Thing.Was` |",
                 "Thing.Was, which does not exist"),
                ("| R1 | s | seed | all | HELD | f | `LOST` | `Thing.IsGone` |",
                 "no ErrorReason"),
                ("| R1 | s | seed | all | MAYBE | f | | |", "disposition"),
                ("| R1 | s | seed | all | HELD | f | |", "7 cells"),
                ("| R1 | | | | LATER | | | |\n| R1 | | | | LATER | | | |",
                 "twice"),
        ]:
            with self.subTest(row=row):
                self.refuses(check.check_rules, tree(row), words)
        self.refuses(check.check_rules, {}, "missing")
        self.refuses(check.check_rules, {RULES: "no table\n"}, "no table")

    def test_rules_told(self):
        def tree(scenario, disposition="HELD", cast=""):
            return {RULES: RULES_HEAD + "| R1 | s | seed | all | "
                    + disposition + " | f | `GONE` | t |\n",
                    "tests/scenarios/s.textproto": scenario,
                    "tests/scenarios/cast/c.textproto": cast}
        cites = 'cites: "x (R1)"\n'
        kept = 'steps {\n  method: "S.Do"\n}\n'
        broken = ('steps {\n  method: "S.Do"\n  refused {\n'
                  '    code: "NOT_FOUND"\n    reason: "GONE"\n  }\n}\n')
        self.accepts(check.check_rules_told, tree(cites + kept + broken))
        self.accepts(check.check_rules_told, tree(
            cites + 'cast: "c"\n' + broken, cast=kept))
        self.accepts(check.check_rules_told, tree("", "LATER: with that"))
        for scenario, words in [
                (kept + broken, "no scenario cites it"),
                (cites + kept, "is refused with GONE"),
                (cites + broken, "is accepted where another meets GONE"),
                (cites + broken + kept.replace("Do", "Undo"),
                 "is accepted where another meets GONE"),
        ]:
            with self.subTest(scenario=scenario):
                self.refuses(check.check_rules_told, tree(scenario), words)

    def test_seeds(self):
        held = "| R1 | s | multichannel page, x | all | HELD | f | | |\n"
        later = "| R2 | s | later documents | all | LATER | | | |\n"

        def tree(rows, rules=held + later):
            return {RULES: RULES_HEAD + rules, SEEDS: SEEDS_HEAD + rows,
                    "tests/scenarios/s.textproto": 'cites: "it says (R1)"\n',
                    "tests/thing.txt": 'cites: "R1"\n'}
        sound = "| A1 | it | R1 | `scenarios/s.textproto` | |\n"
        self.accepts(check.check_seeds, tree(
            sound + "| A2 | it | R2 | | LATER: with the rest |\n"
            "| A3 | it | R1, R2 | `scenarios/s.textproto` | LATER: more |\n"
            "\n" + SEEDS_HEAD + "| B1 | it | R2 | | OUT_OF_SCOPE because so it "
            "is |"))
        for row, words in [
                ("| A2 | it | R3 | `scenarios/s.textproto` | |",
                 "cites none of its rules"),
                ("| A2 | it | R1, R3 | `scenarios/s.textproto` | |",
                 "R3, which is not in RULES.md"),
                ("| A2 | it | | | LATER: with the rest |", "names no rule"),
                ("| A2 | it | R1 | `scenarios/t.textproto` | |",
                 "does not exist"),
                ("| A2 | it | R1 | `thing.txt` | |", "does not exist"),
                ("| A2 | it | R2 | `scenarios/s.textproto` | |",
                 "cites none of its rules"),
                ("| A2 | it | R2 | | |", "neither a scenario nor a reason"),
                ("| A2 | it | R2 | | because |", "does not begin with"),
                ("| A2 | it | R2 | | LATER: |", "does not begin with"),
                ("| A2 | it | R1 | | LATER: with the rest |", "are HELD"),
                ("| A3 | it | R2 | | LATER: with the rest |", "out of order"),
                ("| A1 | it | R2 | | LATER: with the rest |", "out of order"),
                ("| A2 | it | R2 | LATER: with the rest |", "4 cells"),
        ]:
            with self.subTest(row=row):
                problems = self.problems(check.check_seeds, tree(sound + row))
                self.assertIn(words, " ".join(problems))
        self.refuses(check.check_seeds, tree(
            "| A1 | it | R2 | | LATER: with the rest |"),
            "no sentence names R1")
        self.refuses(check.check_seeds, {}, "missing")
        self.refuses(check.check_seeds, {RULES: "", SEEDS: "no table\n"},
                     "no table")

    def test_reasons_documented(self):
        self.accepts(check.check_reasons_documented, {})
        self.refuses(check.check_reasons_documented, {
            ERRORS: ERRORS_TEXT.replace("NOT_FOUND: ", "")}, "GONE")
        self.refuses(check.check_reasons_documented, {
            ERRORS: ERRORS_TEXT.replace("  // NOT_FOUND", "\n  // x\n\n//")},
            "GONE")

    def test_reasons_tested(self):
        self.accepts(check.check_reasons_tested, {})
        self.refuses(check.check_reasons_tested, {
            TEST: "TEST(Thing, IsGone) { EXPECT_EQ(1, 1); }  // GONE\n"},
            "GONE")

    def test_lock_files(self):
        folder = "tests/clients/node/"
        package = '{"dependencies": {"x": "%s"}}'
        self.accepts(check.check_lock_files, {
            folder + "package.json": package % "1.2.3",
            folder + "package-lock.json": "{}"})
        self.refuses(check.check_lock_files, {
            folder + "package.json": package % "^1.2.3",
            folder + "package-lock.json": "{}"}, "not one version")
        self.refuses(check.check_lock_files, {
            folder + "package.json": package % "1.2.3"}, "package-lock")
        self.refuses(check.check_lock_files, {
            folder + "package.json": package % "1.2.3",
            folder + "package-lock.json": '{"resolved": 1}'}, "addresses")

    def test_every_check_is_tested(self):
        for function in check.CHECKS:
            self.assertTrue(hasattr(self, function.__name__.replace(
                "check_", "test_", 1)), function.__name__)


if __name__ == "__main__":
    unittest.main()

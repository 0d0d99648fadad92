#!/usr/bin/python3
"""Plants one bug after another and looks whether a test finds it.

usage: mutants.py [--check] [NAME...]

Each *.patch here is a bug of one or a few lines. Before the diff it says what
it breaks and where it should be found first:

    Breaks: RULE OR PROMISE: what no longer holds
    Run: TEST_BINARY [GTEST_FILTER]

There may be several Run lines. Each bug is put into a copy of the sources,
build/mutants/tree, never into the sources themselves; what changed is built;
then the Run lines run, and if all of them pass, the whole suite. A bug that no
test finds survives: a test is missing.

--check only looks whether every patch still applies. Ends with 1 when one does
not, or when any survives.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "mutants"
TREE = WORK / "tree"
BUILD = TREE / "build" / "release"
BUILD_S = 3600
RUN_S = 180
SUITE_S = 3600
# What a planted bug cannot reach.
LEFT_OUT = "^(lint_|mutants_|install_test|fuzz_corpus)"


class Patch:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.text = path.read_text()
        head = self.text.split("\n--- ", 1)[0]
        self.breaks = re.findall(r"^Breaks: (.+)$", head, re.M)
        self.runs = [line.split(None, 1)
                     for line in re.findall(r"^Run: (.+)$", head, re.M)]

    def problems(self):
        """Why it cannot be used; empty when it can."""
        if len(self.breaks) != 1 or not self.runs:
            return "its head is not `Breaks:` and `Run:`"
        done = git_apply(ROOT, self, "--check")
        return done.stdout.strip() if done.returncode else ""


def git_apply(directory, patch, *options):
    # The copy lies in an ignored folder of a repository; git must not see that.
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(WORK))
    # -C1: what changes around a bug need not change its patch.
    return subprocess.run(["git", "apply", "-C1", *options, str(patch.path)],
                          cwd=directory, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def copy_tree():
    """Makes the copy equal to the sources; untouched files keep their times."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode()
    wanted = {name for name in listed.split("\0")
              if name and (ROOT / name).is_file()}
    for name in wanted:
        source, copy = ROOT / name, TREE / name
        if copy.is_file() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    for path in list(TREE.rglob("*")):
        name = path.relative_to(TREE).as_posix()
        if path.is_file() and name not in wanted and not name.startswith(
                "build/"):
            path.unlink()


def run(command, log, seconds, directory=TREE):
    """True when it succeeds; its output is in build/mutants/LOG."""
    environment = dict(os.environ, CCACHE_BASEDIR=str(TREE),
                       CCACHE_NOHASHDIR="1")
    with open(WORK / log, "w") as out:
        try:
            return subprocess.run(command, cwd=directory, env=environment,
                                  stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.STDOUT,
                                  timeout=seconds).returncode == 0
        except subprocess.TimeoutExpired:
            out.write(f"\nended after {seconds} s\n")
            return False


def tail(log, pattern):
    """The first line of a log that fits, else its last."""
    lines = (WORK / log).read_text(errors="replace").splitlines()
    found = [line for line in lines if re.search(pattern, line)]
    return (found or lines[-1:] or [""])[0].strip()


def build(targets, log):
    command = ["nice", "cmake", "--build", "--preset", "release"]
    return run(command + (["--target", *targets] if targets else []), log,
               BUILD_S)


def run_tests(binary, gtest_filter, log):
    command = [str(BUILD / "tests" / binary), "--gtest_brief=1",
               "--gtest_fail_fast"]
    if gtest_filter:
        command.append("--gtest_filter=" + gtest_filter)
    return run(command, log, RUN_S)


def run_suite(log):
    return run(["ctest", "--preset", "release", "-E", LEFT_OUT,
                "--stop-on-failure"], log, SUITE_S)


def hunt(patch):
    """Who finds the bug; None when nobody does."""
    for binary, *gtest_filter in patch.runs:
        if not build([binary], "build.log"):
            raise RuntimeError("it does not build: "
                               + tail("build.log", r"error:"))
        if not run_tests(binary, (gtest_filter or [""])[0], "test.log"):
            failed = tail("test.log", r"^\[  FAILED  \]|ended after|ERROR:")
            return binary + ": " + re.sub(r"\[  FAILED  \] | \(\d+ ms\)", "",
                                           failed)
    if not build([], "build.log"):
        raise RuntimeError("it does not build: " + tail("build.log", "error:"))
    if not run_suite("suite.log"):
        return "the whole suite: " + tail("suite.log",
                                          r"\*\*\*Failed|\*\*\*Timeout")
    return None


def prepare(patches):
    """Builds the copy and sees that what is to find bugs passes without."""
    print("==> Copy and build the sources", flush=True)
    WORK.mkdir(parents=True, exist_ok=True)
    TREE.mkdir(exist_ok=True)
    copy_tree()
    runs = sorted({tuple(line) for patch in patches for line in patch.runs})
    if not run(["cmake", "--preset", "release"], "configure.log", BUILD_S):
        sys.exit("error: the copy cannot be configured: "
                 f"{WORK / 'configure.log'}")
    if not build(sorted({line[0] for line in runs}), "build.log"):
        sys.exit(f"error: the copy does not build: {WORK / 'build.log'}")
    for number, (binary, *gtest_filter) in enumerate(runs, 1):
        print(f"    {number}/{len(runs)} without a bug: {binary} "
              f"{''.join(gtest_filter)}", flush=True)
        if not run_tests(binary, (gtest_filter or [""])[0], "test.log"):
            sys.exit(f"error: {binary} fails without any bug: "
                     f"{tail('test.log', 'FAILED')}; see {WORK / 'test.log'}")


def plant(patches):
    """Hunts each; the names of those that survive or cannot be built."""
    lost = []
    start = time.monotonic()
    for number, patch in enumerate(patches, 1):
        begin = time.monotonic()
        print(f"[{number}/{len(patches)}] {patch.name}: {patch.breaks[0]}",
              flush=True)
        applied = git_apply(TREE, patch)
        if applied.returncode:
            sys.exit(f"error: {patch.name}: {applied.stdout}")
        try:
            found = hunt(patch)
            result = f"found by {found}" if found else "SURVIVED"
        except RuntimeError as error:
            found, result = None, str(error)
        finally:
            git_apply(TREE, patch, "-R")
        if not found:
            lost.append(patch.name)
        gone = time.monotonic() - start
        left = gone / number * (len(patches) - number)
        print(f"    {result} ({time.monotonic() - begin:.0f} s; about "
              f"{left / 60:.0f} min left)", flush=True)
    return lost


def main():
    arguments = sys.argv[1:]
    check_only = "--check" in arguments
    names = [name for name in arguments if name != "--check"]
    patches = [Patch(path) for path in sorted(HERE.glob("*.patch"))]
    unknown = set(names) - {patch.name for patch in patches}
    if unknown:
        sys.exit(f"error: there is no patch {', '.join(sorted(unknown))}")
    if names:
        patches = [patch for patch in patches if patch.name in names]
    unusable = {patch.name: patch.problems() for patch in patches}
    unusable = {name: why for name, why in unusable.items() if why}
    for name, why in unusable.items():
        print(f"error: {name}: {why}")
    if unusable or not patches:
        return 1
    print(f"    {len(patches)} patches apply", flush=True)
    if check_only:
        return 0
    prepare(patches)
    lost = plant(patches)
    print(f"{len(patches) - len(lost)} found, {len(lost)} survived"
          + "".join(f"\n    {name}" for name in lost))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())

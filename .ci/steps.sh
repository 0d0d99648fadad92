# shellcheck shell=bash
# What ./dev, .ci/run and tests/lint/lint share: steps that say what they do
# and how long it took, missing packages, and counted test runs. Sourced from
# the root of the project.

log_dir=build/logs
step_name=

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# step NAME COMMAND...: runs the command; the script ends when it fails. Adds
# "SECONDS NAME" to the file $STEP_TIMES if that is set.
step() {
  local start=$SECONDS
  step_name=$1
  shift
  printf '==> %s\n' "$step_name"
  "$@"
  printf '    %s: %d s\n' "$step_name" $((SECONDS - start))
  if [[ -n ${STEP_TIMES:-} ]]; then
    printf '%d %s\n' $((SECONDS - start)) "$step_name" >>"$STEP_TIMES"
  fi
  step_name=
}

# For `trap on_exit EXIT`: names the step that failed.
on_exit() {
  local status=$?
  if ((status != 0)) && [[ -n $step_name ]]; then
    printf 'error: failed: %s (exit %d)\n' "$step_name" "$status" >&2
  fi
}

installed() {
  dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

# logged LOG COMMAND...: output goes to the log; says every 10 s that it goes
# on, and shows the log's end when the command fails.
logged() {
  local log=$log_dir/$1 start=$SECONDS next=10 pid
  shift
  mkdir -p "$log_dir"
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - start >= next)); then
      printf '    %d s: %.60s\n' "$next" "$(tail -n 1 "$log")"
      next=$((next + 10))
    fi
  done
  if ! wait "$pid"; then
    tail -n 25 "$log" >&2
    fail "'$*' failed; all of it is in $log"
  fi
}

# install_packages PACKAGE[:COMMAND]...: installs with apt what is there
# neither as a package nor, where a command is given, as a command.
install_packages() {
  local item missing=() apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q
    -o DPkg::Lock::Timeout=300)
  for item in "$@"; do
    if [[ $item == *:* ]] && command -v "${item#*:}" >/dev/null; then
      continue
    fi
    installed "${item%%:*}" || missing+=("${item%%:*}")
  done
  if ((${#missing[@]} == 0)); then
    echo '    nothing is missing'
    return
  fi
  command -v apt-get >/dev/null || fail "no apt-get; install: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "not root and no sudo; have an administrator install: ${missing[*]}"
    sudo true || fail "sudo refused; have an administrator install: ${missing[*]}"
    apt=(sudo "${apt[@]}")
  fi
  echo "    installing: ${missing[*]}"
  logged apt-update.log "${apt[@]}" update
  logged apt-install.log "${apt[@]}" install -y --no-install-recommends \
    "${missing[@]}"
}

# count_tests PRESET COMMAND...: runs ctest (the command may wrap it) and adds
# "PASSED FAILED" to the file $TEST_COUNTS if that is set.
count_tests() {
  local xml=$PWD/build/$1/ctest.xml status=0
  shift
  rm -f "$xml"
  "$@" --output-junit "$xml" || status=$?
  if [[ -n ${TEST_COUNTS:-} && -f $xml ]]; then
    sed '/<testcase/q' "$xml" |
      grep -oE '\<(tests|failures|disabled|skipped)="[0-9]+"' |
      awk -F '[="]+' '{ n[$1] = $2 } END { print n["tests"] - n["failures"] \
        - n["disabled"] - n["skipped"], n["failures"] + 0 }' >>"$TEST_COUNTS"
  fi
  return "$status"
}

# finds_leaks DIRECTORY: whether leaks can be looked for: LeakSanitizer needs
# ptrace, which some containers refuse. Plants some in a program made in the
# directory and looks for the report.
finds_leaks() {
  local probe=$1/leak_probe.$$ report
  g++ -fsanitize=address -x c++ -o "$probe" - <<<'volatile char* p;
    int main() { for (int i = 0; i < 9; ++i) p = new char[7]; p = nullptr; }'
  report=$(ASAN_OPTIONS=detect_leaks=1 "$probe" 2>&1 || true)
  rm -f "$probe"
  [[ $report == *'detected memory leaks'* ]]
}

"""Programs under measurement: each dies with this process, none is left."""

import ctypes
import json
import os
import select
import signal
import subprocess
import time

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
# Nothing that is waited for takes longer.
ANSWER_LIMIT_S = 600


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Program:
    """A program that prints lines of JSON and may be sent lines of words."""

    def __init__(self, command, log):
        self.log = log
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors,
                preexec_fn=die_with_parent)
        self.unread = b""

    @property
    def pid(self):
        return self.process.pid

    def read(self, limit_s=ANSWER_LIMIT_S):
        """The next line; None at the end."""
        until = time.monotonic() + limit_s
        fd = self.process.stdout.fileno()
        while b"\n" not in self.unread:
            left = until - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise RuntimeError(f"{self.process.args[:2]}: no answer "
                                   f"within {limit_s} s")
            more = os.read(fd, 1 << 16)
            if not more:
                return None
            self.unread += more
        line, self.unread = self.unread.split(b"\n", 1)
        return json.loads(line)

    def must_read(self):
        line = self.read()
        if line is None:
            with open(self.log, errors="replace") as text:
                raise RuntimeError(f"{self.process.args[:2]} ended: "
                                   f"{text.read()[-800:]}")
        return line

    def send(self, **words):
        line = " ".join(f"{name}={value}" for name, value in words.items())
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, **words):
        self.send(**words)
        return self.must_read()

    def rss(self):
        """Bytes in memory."""
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no VmRSS")

    def stop(self):
        """Asks it to end, then makes it."""
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()


class Server(Program):
    """A server, ours or the echo, that serves already."""

    def __init__(self, command, log):
        start = time.monotonic()
        super().__init__(command, log)
        self.address = self.must_read()["addresses"][0]
        self.start_s = time.monotonic() - start

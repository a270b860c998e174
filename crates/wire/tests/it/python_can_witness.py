"""Reads a log with python-can.

Input: `candump` or `asc`, then the log. Output: a line per frame, with its time since the first.
"""

import io
import sys
import can

kind, log = sys.stdin.read().split("\n", 1)
readers = {"candump": can.CanutilsLogReader, "asc": can.ASCReader}
first = None
for message in readers[kind](io.StringIO(log)):
    first = message.timestamp if first is None else first
    time = f"{message.timestamp - first:.2f}"
    if message.is_error_frame:
        print(time, "error")
        continue
    letters = [
        (message.is_extended_id, "x"),
        (message.is_fd, "f"),
        (message.bitrate_switch, "b"),
        (message.error_state_indicator, "e"),
        (message.is_remote_frame, "r"),
    ]
    flags = "".join(letter for is_set, letter in letters if is_set)
    data = "" if message.is_remote_frame else bytes(message.data).hex()
    print(time, f"{message.arbitration_id:X}", data, flags)

"""Reads logs of CAN frames with Blackstart and with python-can, and says where they differ.

  field_logs.py BLACKSTART FOLDER

Needs python-can, and asammdf for MF4 (`target/witnesses` has both). Blackstart writes each log as candump, and
python-can reads that; frames and their distance from the first one (to 0.1 ms) are compared, in the order of
their stamps. A line for each log, then one for each format.
"""

import collections
import os
import subprocess
import sys
import tempfile

import can

BLACKSTART, FOLDER = sys.argv[1:]


def shown(message):
    data = b"" if message.is_remote_frame or message.is_error_frame else bytes(message.data)
    number = 0 if message.is_error_frame else message.arbitration_id
    kind = (message.is_error_frame, message.is_remote_frame, message.is_fd, message.is_extended_id)
    return number, data, kind if not message.is_error_frame else (True, False, False, False)


def frames(path):
    with can.LogReader(path) as reader:
        found = [(message.timestamp, shown(message)) for message in reader]
    found.sort(key=lambda one: one[0])
    first = found[0][0] if found else 0.0
    return [(stamp - first, frame) for stamp, frame in found]


def differ(ours, theirs):
    """How many frames of ours are not theirs; those of one instant may stand in any order."""
    wrong = abs(len(ours) - len(theirs))
    near = collections.Counter(frame for _, frame in theirs)
    near.subtract(frame for _, frame in ours)
    wrong = max(wrong, sum(abs(count) for count in near.values()))
    late = sum(abs(a[0] - b[0]) > 1e-4 for a, b in zip(ours, theirs))
    return max(wrong, late)


def compare(path, copy):
    command = [BLACKSTART, "rig", "write", path, copy]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        return "refused", 0, ran.stderr.splitlines()[0]
    ours = frames(copy)
    try:
        theirs = frames(path)
    except Exception as why:  # whatever a reader may raise
        return "alone", len(ours), f"python-can: {type(why).__name__}: {why}"
    wrong = differ(ours, theirs)
    return ("equal", len(ours), "") if wrong == 0 else ("different", len(ours), f"{wrong} frames")


totals = collections.defaultdict(collections.Counter)
with tempfile.TemporaryDirectory() as folder:
    copy = os.path.join(folder, "copy.log")
    for name in sorted(os.listdir(FOLDER)):
        outcome, count, why = compare(os.path.join(FOLDER, name), copy)
        print(f"{name}  {outcome}  {count} frames  {why}".rstrip())
        ending = name.rsplit(".", 1)[-1].lower()
        totals[ending].update({outcome: 1, f"frames {outcome}": count})
for ending, total in sorted(totals.items()):
    print(ending, ", ".join(f"{key} {count}" for key, count in sorted(total.items())))

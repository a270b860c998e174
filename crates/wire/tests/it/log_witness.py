"""Reads and writes logs with python-can.

Input, a line each:
  read ENDING BYTES     prints time, identifier, data and letters of each frame that it reads, then "end"
  write ENDING          prints in hexadecimal digits a log with the frames of `messages`
"""

import gzip
import os
import sys
import tempfile
import can

START = 1700000000.0


def messages():
    data = bytes(range(64))
    frames = [
        dict(arbitration_id=0x351, data=data[:8]),
        dict(arbitration_id=0x305, data=data[:0], is_rx=False),
        dict(arbitration_id=0x18FEF100, is_extended_id=True, data=data[:3]),
        dict(arbitration_id=0x35C, is_remote_frame=True, dlc=2),
        dict(arbitration_id=0x123, is_fd=True, bitrate_switch=True, data=data[:12]),
        dict(arbitration_id=0x1ABCDEF, is_extended_id=True, is_fd=True, data=data),
    ]
    for at, frame in enumerate(frames):
        kept = {"is_extended_id": False, **frame}
        yield can.Message(timestamp=START + 0.25 * at, channel=0, check=True, **kept)


def shown(message, first):
    time = f"{message.timestamp - first:.3f}"
    if message.is_error_frame:
        return f"{time} error"
    letters = [
        (message.is_extended_id, "x"),
        (message.is_fd, "f"),
        (message.bitrate_switch, "b"),
        (message.error_state_indicator, "e"),
        (message.is_remote_frame, "r"),
    ]
    flags = "".join(letter for is_set, letter in letters if is_set)
    data = "" if message.is_remote_frame else bytes(message.data).hex()
    return f"{time} {message.arbitration_id:X} {data} {flags}"


with tempfile.TemporaryDirectory() as folder:
    for line in sys.stdin.read().splitlines():
        word, ending, *rest = line.split(" ")
        path = os.path.join(folder, f"log.{ending}")
        if word == "read":
            with open(path, "wb") as file:
                file.write(bytes.fromhex(rest[0]))
            first = None
            with can.LogReader(path) as reader:
                for message in reader:
                    first = message.timestamp if first is None else first
                    print(shown(message, first))
            print("end")
        else:
            with can.Logger(path) as logger:
                for message in messages():
                    # What a format has no place for stays away.
                    if not (ending == "trc" and message.is_fd):
                        logger.on_message_received(message)
            with open(path, "rb") as file:
                print(file.read().hex())

"""Reads and writes logs with python-can.

Input, a line each:
  read ENDING BYTES     prints time, identifier, data and letters of each frame that it reads, then "end"
  write ENDING          prints in hexadecimal digits a log with the frames of `messages`
  write mf4 LEVEL       the same, packed as asammdf packs at that level
  write variable LEVEL  the same of data frames alone, their bytes as values whose length varies
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


def write_variable(path, level):
    import numpy
    from asammdf import MDF, Signal
    from asammdf.blocks import v4_constants
    from asammdf.blocks.source_utils import Source

    frames = [one for one in messages() if not one.is_remote_frame]
    stamps = numpy.array([one.timestamp - START for one in frames])
    widest = max(len(one.data) for one in frames)
    columns = {
        "BusChannel": numpy.array([1] * len(frames), "u1"),
        "ID": numpy.array([one.arbitration_id for one in frames], "u4"),
        "IDE": numpy.array([one.is_extended_id for one in frames], "u1"),
        "DataLength": numpy.array([len(one.data) for one in frames], "u1"),
        "Dir": numpy.array([not one.is_rx for one in frames], "u1"),
        "EDL": numpy.array([one.is_fd for one in frames], "u1"),
        "BRS": numpy.array([one.bitrate_switch for one in frames], "u1"),
    }
    source = Source("CAN", "CAN", "", v4_constants.SOURCE_BUS, v4_constants.BUS_TYPE_CAN)
    signals = [
        Signal(values, stamps, name=f"CAN_DataFrame.{name}", source=source)
        for name, values in columns.items()
    ]
    data = numpy.array([bytes(one.data) for one in frames], dtype=f"S{widest}")
    signals.append(
        Signal(data, stamps, name="CAN_DataFrame.DataBytes", source=source, encoding="latin-1")
    )
    with MDF(version="4.10") as log:
        log.append(signals)
        log.save(path, compression=level, overwrite=True)


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
        elif ending == "variable":
            path = os.path.join(folder, "log.mf4")
            write_variable(path, int(rest[0]))
            with open(path, "rb") as file:
                print(file.read().hex())
        else:
            how = {"compression_level": int(rest[0])} if rest else {}
            with can.Logger(path, **how) as logger:
                for message in messages():
                    # What a format has no place for stays away.
                    if not (ending == "trc" and message.is_fd):
                        logger.on_message_received(message)
            with open(path, "rb") as file:
                print(file.read().hex())

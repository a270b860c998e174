"""Is the inverter of an emulated Pylontech BMS: python-can over SLCAN, frames decoded by cantools.

Input: the port, then the DBC file. Output: a line per message with its signals, of eight seconds in which
the BMS is answered; then how many frames came in the eight seconds after the answers stopped.
"""

import os
import sys
import time
import can
import cantools

port, description = sys.stdin.read().strip().split("\n")
database = cantools.database.load_file(description)
while not os.path.islink(port):
    time.sleep(0.02)
bus = can.Bus(interface="slcan", channel=port, bitrate=500000, sleep_after_open=0)
answer = can.Message(arbitration_id=0x305, data=bytes(8), is_extended_id=False)


def listen(seconds, answers):
    frames = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        frame = bus.recv(timeout=0.2)
        if frame is None:
            continue
        frames.append(frame)
        if answers and frame.arbitration_id == 0x356:
            bus.send(answer)
    return frames


for frame in listen(8, True):
    message = database.get_message_by_frame_id(frame.arbitration_id)
    signals = message.decode(frame.data, decode_choices=False)
    print(message.name, " ".join(f"{name}={value}" for name, value in signals.items()), flush=True)
print("silence", len(listen(8, False)), flush=True)
bus.shutdown()

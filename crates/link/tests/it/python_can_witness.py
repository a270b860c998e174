"""python-can as the host of an emulated adapter: reports what it is, receives, and answers each frame."""

import sys

import can
from can.interfaces.slcan import slcanBus

with slcanBus(channel=sys.argv[1], bitrate=500000, timeout=20) as bus:
    print("version", *bus.get_version(10), flush=True)
    print("serial", bus.get_serial_number(10), flush=True)
    bus.send(can.Message(arbitration_id=0x7FF, is_extended_id=False, data=b"ready"))
    for _ in range(int(sys.argv[2])):
        seen = bus.recv(timeout=20)
        bus.send(
            can.Message(
                arbitration_id=seen.arbitration_id + 1,
                is_extended_id=seen.is_extended_id,
                is_remote_frame=seen.is_remote_frame,
                dlc=seen.dlc,
                data=bytes(reversed(seen.data)),
            )
        )

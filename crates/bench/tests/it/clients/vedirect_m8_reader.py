"""Reads an emulated Phoenix with the package vedirect-m8.

Input: the port. Output: per block `PID CS V`. Ends with an error if the sum of a block is wrong, except
that of the very first, in whose middle a reader may begin.
"""

import os
import sys
import time
import serial
from vedirect_m8.vedirect import Vedirect

port = sys.stdin.read().strip()
while not os.path.islink(port):
    time.sleep(0.02)
# The package opens ports with a few names alone: it is given one that is open.
reader = Vedirect({"serial_port": "/dev/ttyUSB1"}, auto_start=False)
reader._com.ser = serial.Serial(port, 19200, timeout=2)
blocks = endings = 0
while blocks < 5:
    in_checksum = reader.state == reader.IN_CHECKSUM
    packet = reader.get_serial_packet()
    if not in_checksum:
        continue
    endings += 1
    if packet is not None:
        blocks += 1
        print(packet["PID"], packet["CS"], int(packet["V"]) / 1000, flush=True)
        reader.init_data_read()
    elif endings > 1:
        sys.exit(f"block {endings} has a wrong sum")

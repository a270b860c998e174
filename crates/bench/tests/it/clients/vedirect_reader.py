"""Reads an emulated Phoenix with the package vedirect.

Input: the port. Output: per block `PID CS V`. Ends with an error at the first block whose sum is wrong.
"""

import os
import sys
import time
import vedirect


class Reader(vedirect.VEDirect):
    def parse_pdu(self, frames):
        # The package takes a block whose checksum is a line feed for one line too many.
        super().parse_pdu([frame for frame in frames if frame.strip()])


port = sys.stdin.read().strip()
while not os.path.islink(port):
    time.sleep(0.02)
reader = Reader(port)
for _ in range(4):
    print(reader._data["PID"], reader._data["CS"], reader.battery_volts, flush=True)
    reader.refresh()

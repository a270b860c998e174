"""Reads an emulated meter with pymodbus, and asks for what it must refuse.

Input: the port. Output: voltage, power and frequency as read, then what became of each wrong request.
"""

import os
import struct
import sys
import time
from pymodbus import FramerType, ModbusException
from pymodbus.client import ModbusSerialClient

port = sys.stdin.read().strip()
while not os.path.islink(port):
    time.sleep(0.02)
client = ModbusSerialClient(port, framer=FramerType.RTU, baudrate=9600, timeout=1, retries=1)
assert client.connect()


def number(address):
    registers = client.read_input_registers(address, count=2, device_id=1).registers
    return struct.unpack(">f", struct.pack(">HH", *registers))[0]


# The exception code, or that nothing came.
def outcome(ask):
    try:
        return ask().exception_code
    except ModbusException:
        return "silent"


# The inverter has to start first.
while number(0x00) == 0:
    pass
print("read", number(0x00), number(0x0C), number(0x46), flush=True)
print("odd address", outcome(lambda: client.read_input_registers(1, count=2, device_id=1)))
print("odd count", outcome(lambda: client.read_input_registers(0, count=3, device_id=1)))
print("no such register", outcome(lambda: client.read_holding_registers(0x300, count=2, device_id=1)))
print("no such function", outcome(lambda: client.read_coils(0, count=1, device_id=1)))
print("bad value", outcome(lambda: client.write_registers(0x14, [0x7FC0, 0], device_id=1)))
print("wrong unit", outcome(lambda: client.read_input_registers(0, count=2, device_id=9)), flush=True)
print("read", number(0x00), number(0x0C), number(0x46), flush=True)
client.close()

"""Decodes and encodes with cantools what the test asks for.

Input: number of lines of a DBC file, the file, then a question per line:
  identifier  bytes  [bytes that the values encode to  name=value …]
Output: name=raw=scaled for each signal that is present. Ends with an error if the encoding differs.
"""

import sys
import cantools

lines = sys.stdin.read().split("\n")
count = int(lines[0])
database = cantools.database.load_string(
    "\n".join(lines[1 : count + 1]) + "\n", database_format="dbc", strict=True, sort_signals=None
)
messages = {message.frame_id: message for message in database.messages}
for line in lines[count + 1 :]:
    if not line:
        continue
    number, data, *rest = line.split(" ")
    message = messages[int(number)]
    data = bytes.fromhex(data)
    raw = message.decode(data, decode_choices=False, scaling=False)
    scaled = message.decode(data, decode_choices=False, scaling=True)
    names = [signal.name for signal in message.signals if signal.name in raw]
    print(" ".join(f"{name}={raw[name]!r}={scaled[name]!r}" for name in names))
    if rest:
        values = {name: float(value) for name, value in (part.split("=") for part in rest[1:])}
        encoded = message.encode(values, strict=True)
        if encoded.hex() != rest[0]:
            sys.exit(f"{message.name}: {values} is {encoded.hex()}, not {rest[0]}")

"""The work of can_frames.rs with cantools, and both rates side by side.

Usage: can_frames_peer.py LINES DBC, where LINES is what can_frames.rs has printed. The messages and values
are the same; counters and checksums, which cantools leaves to its user, are not made here.
"""

import json
import sys
import time

import cantools

REPETITIONS = 5
ROUNDS = 200


def works(database):
    """Each message with its values, a multiplexed one once for each of its pages."""
    for message in database.messages:
        switch = next((s for s in message.signals if s.is_multiplexer), None)
        for page in range(6) if switch else [0]:
            values = {}
            for signal in message.signals:
                ids = signal.multiplexer_ids
                if ids and page not in ids:
                    continue
                low, high = signal.minimum, signal.maximum
                values[signal.name] = page if signal is switch else low + 0.25 * (high - low)
            # Values of a table and whole numbers have to be counts.
            values = {
                name: round(value) if message.get_signal_by_name(name).scale == 1 else value
                for name, value in values.items()
            }
            yield message, values, message.encode(values, strict=False)


def rate(frames, work):
    best = float("inf")
    for _ in range(REPETITIONS):
        started = time.perf_counter()
        for _ in range(ROUNDS):
            work()
        best = min(best, time.perf_counter() - started)
    return ROUNDS * frames / best


def main():
    lines = [json.loads(line) for line in open(sys.argv[1]) if line.strip()]
    ours = {line["work"]: line["frames_per_s"] for line in lines}
    every = list(works(cantools.database.load_file(sys.argv[2], strict=False)))

    def encode():
        for message, values, _ in every:
            message.encode(values, strict=False)

    def decode():
        for message, _, data in every:
            message.decode(data, decode_choices=False)

    theirs = {"encode": rate(len(every), encode), "decode": rate(len(every), decode)}
    print(f"cantools {cantools.__version__}")
    for work, peer in theirs.items():
        print(f"{work}: {ours[work]:,.0f} frames/s, cantools {peer:,.0f}, ratio {ours[work] / peer:.0f}")


main()

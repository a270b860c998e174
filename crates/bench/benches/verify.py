"""Eight circuits, drawn as a user draws them, beside ngspice: values at instants and peaks.

Usage: verify.py BLACKSTART [CIRCUIT…]. Each circuit is a system and a scenario in a project made for it, and
a netlist of the same numbers; what is compared is read from the trace file. Needs ngspice and pyarrow.
Values between two points of the trace are on the line between them, which is where most of the departure
comes from. Ends with 1 if a peak departs by more than 0.02 % of the largest that its signal has, or any of
forty values by more than 0.3 %.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import pyarrow.ipc

ALLOWED_OF_PEAK, ALLOWED = 2e-4, 3e-3
# What a supply adds in series while it is on, and what it is while it is off.
SWITCH = "0.1m"


def amount(value):
    return {"value": value, "source": "derived", "from": "the netlist beside it"}


def device(type_, **amounts):
    head = {"schema": 1, "kind": "device", "type": type_, "title": type_}
    return head | {key: amount(value) for key, value in amounts.items()}


def supply(volts, milliohms, running=0):
    return device(
        "dc-source",
        source_voltage_v=volts,
        source_current_a=100000,
        source_resistance_mohm=milliohms,
        one_way=0,
        full_output_time_s=0,
        running=running,
    )


def charger(volts, milliohms, amperes, lag_ms):
    one = device(
        "dc-source",
        source_voltage_v=volts,
        source_current_a=amperes,
        source_resistance_mohm=milliohms,
        one_way=1,
        full_output_time_s=0,
        running=1,
    )
    one["regulation"] = {"regulation_lag_ms": amount(lag_ms), "overshoot_v": amount(1000)}
    return one


def cable(milliohms, microhenries):
    return device(
        "cable",
        length_m=1,
        area_mm2=1000,
        resistivity_ohm_mm2_per_m=1e-9,
        contact_resistance_mohm=milliohms,
        inductance_uh_per_m=microhenries,
        ampacity_a=100000,
    )


def resistor(ohms):
    return device(
        "resistor",
        resistance_ohm=ohms,
        thermal_resistance_k_per_w=1e-6,
        thermal_time_s=1,
        highest_temperature_c=100000,
        ambient_temperature_c=20,
    )


def capacitor(farads, esr_milliohms, volts=0):
    return device(
        "capacitor",
        capacitance_f=farads,
        esr_mohm=esr_milliohms,
        leakage_kohm=1e6,
        capacitor_voltage_v=volts,
    )


def diode(volts, milliohms):
    return device(
        "diode",
        forward_voltage_v=volts,
        junction_resistance_mohm=milliohms,
        reverse_resistance_mohm=1e12,
        junction_current_a=1000,
    )


def load(watts):
    return device("dc-load", power_w=watts, minimum_voltage_v=5, off_draw_w=0)


class Circuit:
    """A system with its events, the same as a netlist, and what is compared."""

    def __init__(self, name, parts, events, seconds, netlist, compared):
        self.name, self.parts, self.events, self.seconds = name, parts, events, seconds
        self.netlist, self.compared = netlist, compared

    def project(self, root):
        for folder in ("fixtures/devices", "fixtures/systems", "scenarios"):
            (root / folder).mkdir(parents=True)
        instances, branches, nodes = {}, {}, []
        for part, (a, b, what) in self.parts.items():
            (root / f"fixtures/devices/{part}.json").write_text(json.dumps(what))
            instances[part] = {"device": part}
            branches[part] = {"from": a, "to": b}
            nodes += [node for node in (a, b) if node != "ground" and node not in nodes]
        (root / "fixtures/systems/circuit.json").write_text(
            json.dumps(
                {
                    "schema": 1,
                    "kind": "system",
                    "title": self.name,
                    "nodes": nodes,
                    "instances": instances,
                    "branches": branches,
                }
            )
        )
        signal = self.compared[0][0]
        (root / "scenarios/circuit.json").write_text(
            json.dumps(
                {
                    "schema": 1,
                    "kind": "scenario",
                    "title": self.name,
                    "why": "Compared with another simulator.",
                    "covers": [],
                    "system": "circuit",
                    "duration_s": self.seconds,
                    "events": self.events,
                    "checks": [{"id": "any", "kind": "reaches", "signal": signal, "at_least": 0.001}],
                }
            )
        )

    def ours(self, blackstart):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            self.project(root)
            command = [blackstart, "run", str(root / "scenarios"), "--no-plots", "--out", str(root / "out")]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            traces = list(root.glob("out/**/trace.arrows"))
            if not traces:
                raise SystemExit(f"{self.name}: {done.stdout}{done.stderr}")
            table = pyarrow.ipc.open_stream(traces[0]).read_all()
        points = {}
        for at, name, value in zip(*(table[key].to_pylist() for key in ("time_ns", "signal", "value"))):
            if value is not None:
                points.setdefault(name, []).append((at * 1e-9, value))
        return points

    def theirs(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            step = self.seconds / 200000
            names = " ".join(vector for _, vector in self.compared)
            (path / "run.cir").write_text(
                f"{self.name}\n{self.netlist}\n.options reltol=1e-7 abstol=1e-9 vntol=1e-9\n"
                f".control\nset numdgt=12\nset wr_singlescale\ntran {step} {self.seconds} 0 {step} uic\n"
                f"wrdata {path}/out.data {names}\nquit\n.endc\n.end\n"
            )
            command = ["ngspice", "-b", str(path / "run.cir")]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600)
            if not (path / "out.data").exists():
                raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
            rows = [[float(x) for x in line.split()] for line in (path / "out.data").open() if line.strip()]
        columns = list(zip(*rows))
        return {signal: list(zip(columns[0], columns[1 + k])) for k, (signal, _) in enumerate(self.compared)}


def at(points, when):
    """Linear between the two points around an instant; the later of two at the same one."""
    before = after = points[0]
    for point in points:
        if point[0] <= when:
            before = point
        else:
            after = point
            break
    else:
        return before[1]
    share = (when - before[0]) / (after[0] - before[0])
    return before[1] + share * (after[1] - before[1])


def peak(points):
    return max((value for _, value in points), key=abs)


def switched(name, volts, milliohms, node, when):
    """A supply whose switch closes at an instant."""
    return f"""V{name} {name}0 0 {volts}
R{name} {name}0 {name}1 {milliohms}m
S{name} {name}1 {node} {name}c 0 sw
V{name}c {name}c 0 pwl(0 0 {when - 1e-9} 0 {when} 1)
"""


MODEL = f".model sw sw(vt=0.5 vh=0.2 ron={SWITCH} roff=1e6)\n"


def start(target, when):
    return {"at_s": when, "do": "start-source", "target": target}


CIRCUITS = [
    Circuit(
        "empty capacitors behind a cable",
        {
            "supply-1": ("ground", "a", supply(52.8, 20)),
            "cable-1": ("a", "b", cable(4, 2)),
            "bank-1": ("b", "ground", capacitor(8e-3, 5)),
        },
        [start("supply-1", 1e-3)],
        6e-3,
        switched("s", 52.8, 20, "a", 1e-3) + MODEL + "Rc a c1 4m\nLc c1 b 2u ic=0\nRe b cap 5m\nCb cap 0 8m ic=0\n",
        [("bank-1.voltage_v", "v(cap)"), ("bank-1.current_a", "(v(b)-v(cap))/5m")],
    ),
    Circuit(
        "two banks on one cable",
        {
            "supply-1": ("ground", "a", supply(26, 10)),
            "cable-1": ("a", "b", cable(3, 1.5)),
            "bank-1": ("b", "ground", capacitor(4e-3, 8)),
            "cable-2": ("b", "c", cable(12, 6)),
            "bank-2": ("c", "ground", capacitor(1e-3, 30)),
        },
        [start("supply-1", 5e-4)],
        3e-3,
        switched("s", 26, 10, "a", 5e-4)
        + MODEL
        + "Rc a c1 3m\nLc c1 b 1.5u ic=0\nRe b k1 8m\nC1 k1 0 4m ic=0\n"
        + "Rd b c2 12m\nLd c2 c 6u ic=0\nRf c k2 30m\nC2 k2 0 1m ic=0\n",
        [("bank-1.voltage_v", "v(k1)"), ("bank-2.voltage_v", "v(k2)"), ("bank-2.current_a", "(v(c)-v(k2))/30m")],
    ),
    Circuit(
        "two packs through diodes, the lower joins when the higher sags",
        {
            "supply-1": ("ground", "a", supply(53, 60, 1)),
            "supply-2": ("ground", "b", supply(51, 60, 1)),
            "diode-1": ("a", "d", diode(0.35, 5)),
            "diode-2": ("b", "d", diode(0.35, 5)),
            "bank-1": ("d", "ground", capacitor(2e-3, 10, 52.65)),
            "load-1": ("d", "ground", load(100)),
        },
        [{"at_s": 1e-3, "do": "set-load", "target": "load-1", "power_w": 2500}],
        5e-3,
        "V1 a0 0 53\nR1 a0 a 60.1m\nV2 b0 0 51\nR2 b0 b 60.1m\nRb d k 10m\nCb k 0 2m ic=52.65\n"
        "Va a a2 0\nVb b b2 0\n"
        "Ba a2 d i = v(a2,d) > 0.35 ? (v(a2,d)-0.35)/5m : 0\nBb b2 d i = v(b2,d) > 0.35 ? (v(b2,d)-0.35)/5m : 0\n"
        "Vp p 0 pwl(0 100 0.999999m 100 1m 2500)\nBl d 0 i = v(p)/v(d)\n",
        [("bank-1.voltage_v", "v(k)"), ("diode-1.current_a", "va#branch"), ("diode-2.current_a", "vb#branch")],
    ),
    Circuit(
        "a step of constant power on a bank behind a cable",
        {
            "supply-1": ("ground", "a", supply(52, 20, 1)),
            "cable-1": ("a", "b", cable(6, 3)),
            "bank-1": ("b", "ground", capacitor(5e-3, 10, 52)),
            "load-1": ("b", "ground", load(1)),
        },
        [{"at_s": 1e-3, "do": "set-load", "target": "load-1", "power_w": 1500}],
        8e-3,
        "V1 a0 0 52\nR1 a0 a 20.1m\nRc a c1 6m\nLc c1 b 3u ic=0\nRe b cap 10m\nCb cap 0 5m ic=52\n"
        "Vp p 0 pwl(0 1 0.999999m 1 1m 1500)\nBl b 0 i = v(p)/v(b)\n",
        [("bank-1.voltage_v", "v(cap)"), ("bank-1.current_a", "(v(b)-v(cap))/10m"), ("load-1.dc_voltage_v", "v(b)")],
    ),
    Circuit(
        "pre-charge against a bleed resistor",
        {
            "supply-1": ("ground", "a", supply(60, 5)),
            "resistor-1": ("a", "b", resistor(47)),
            "bank-1": ("b", "ground", capacitor(3e-3, 10)),
            "resistor-2": ("b", "ground", resistor(470)),
        },
        [start("supply-1", 0.05)],
        1.0,
        switched("s", 60, 5, "a", 0.05) + MODEL + "Rp a b 47\nRe b cap 10m\nCb cap 0 3m ic=0\nRb b 0 470\n",
        [("bank-1.voltage_v", "v(cap)"), ("bank-1.current_a", "(v(b)-v(cap))/10m")],
    ),
    Circuit(
        "a ladder of three cables rings",
        {
            "supply-1": ("ground", "a", supply(13, 2)),
            "cable-1": ("a", "b", cable(1, 1)),
            "bank-1": ("b", "ground", capacitor(1e-3, 4)),
            "cable-2": ("b", "c", cable(2, 2)),
            "bank-2": ("c", "ground", capacitor(5e-4, 4)),
            "cable-3": ("c", "d", cable(3, 4)),
            "bank-3": ("d", "ground", capacitor(2e-4, 4)),
        },
        [start("supply-1", 2e-4)],
        2e-3,
        switched("s", 13, 2, "a", 2e-4)
        + MODEL
        + "R1 a a1 1m\nL1 a1 b 1u ic=0\nRe1 b k1 4m\n"
        + "C1 k1 0 1m ic=0\nR2 b b1 2m\nL2 b1 c 2u ic=0\nRe2 c k2 4m\nC2 k2 0 0.5m ic=0\n"
        + "R3 c d1 3m\nL3 d1 d 4u ic=0\nRe3 d k3 4m\nC3 k3 0 0.2m ic=0\n",
        [("bank-1.voltage_v", "v(k1)"), ("bank-3.voltage_v", "v(k3)"), ("bank-3.current_a", "(v(d)-v(k3))/4m")],
    ),
    Circuit(
        "a charger that regulates with a lag, and a step of its load",
        {
            "charger-1": ("ground", "a", charger(61, 20, 28, 5)),
            "bank-1": ("a", "ground", capacitor(3e-3, 10, 55)),
            "load-1": ("a", "ground", load(114.6)),
        },
        [
            {"at_s": 0.03, "do": "set-load", "target": "load-1", "power_w": 400},
            {"at_s": 0.08, "do": "set-load", "target": "load-1", "power_w": 114.6},
        ],
        0.2,
        "Re a cap 10m\nCb cap 0 3m ic=55\nVp p 0 pwl(0 114.6 0.029999999 114.6 0.03 400 0.079999999 400 0.08 114.6)\n"
        "Bl a 0 i = v(p)/v(a)\nBr r 0 v = max(0, min((61-v(a))/20m, 28+(61-v(a)-0.56)/20))\nRr r y 1\nCy y 0 5m ic=0\nBc 0 a i = v(y)\n",
        [("bank-1.voltage_v", "v(cap)"), ("charger-1.current_a", "v(y)")],
    ),
    Circuit(
        "a supply that falls below its bank is kept out by a diode",
        {
            "supply-1": ("ground", "a", supply(30, 15, 1)),
            "cable-1": ("a", "b", cable(2, 5)),
            "diode-1": ("b", "c", diode(0.5, 4)),
            "bank-1": ("c", "ground", capacitor(2e-3, 6)),
            "resistor-1": ("c", "ground", resistor(3)),
        },
        [{"at_s": 4e-3, "do": "set-source", "target": "supply-1", "voltage_v": 20}],
        12e-3,
        "V1 a0 0 pwl(0 30 3.999999m 30 4m 20)\nR1 a0 a 15.1m\nRc a c1 2m\nLc c1 b 5u ic=0\n"
        "Bd b c i = v(b,c) > 0.5 ? (v(b,c)-0.5)/4m : v(b,c)*1e-9\nRe c k 6m\nCb k 0 2m ic=0\nRl c 0 3\n",
        [("bank-1.voltage_v", "v(k)"), ("bank-1.current_a", "(v(c)-v(k))/6m")],
    ),
]


def main():
    blackstart, wanted = sys.argv[1], sys.argv[2:]
    print(f"{'circuit':<66} {'signal':<22} {'peak':>12} {'ngspice':>12} {'departs by':>10}")
    worst_peak = worst = 0.0
    for circuit in CIRCUITS:
        if wanted and not any(word in circuit.name for word in wanted):
            continue
        ours, theirs = circuit.ours(blackstart), circuit.theirs()
        for signal, _ in circuit.compared:
            own, other = ours[signal], theirs[signal]
            scale = abs(peak(other))
            instants = [circuit.seconds * k / 41 for k in range(1, 41)]
            departs = max(abs(at(own, t) - at(other, t)) for t in instants) / scale
            worst_peak = max(worst_peak, abs(peak(own) - peak(other)) / scale)
            worst = max(worst, departs)
            print(
                f"{circuit.name:<66} {signal:<22} {peak(own):>12.6g} {peak(other):>12.6g} {100 * departs:>9.4f} %"
            )
    print(f"peaks within {100 * worst_peak:.4f} %, values within {100 * worst:.4f} % of a signal's largest")
    sys.exit(0 if worst_peak <= ALLOWED_OF_PEAK and worst <= ALLOWED else 1)


if __name__ == "__main__":
    main()

"""Blackstart beside ngspice, PyBaMM and SciPy on the same work, in one go.

Prints a table of medians, ratios and errors. Usage: peers.py BLACKSTART_LINES [BLACKSTART_BINARY], where
the first is a file with the JSON lines of the Rust side. Peers that are missing are named, not guessed.
"""

import json
import math
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

REPETITIONS = 9


def median_of(work):
    work()
    times = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def row(work, ours, peer, theirs, errors, goal):
    ratio = theirs / ours
    print(f"{work:<28} {ours * 1e3:>10.4f} {peer:<22} {theirs * 1e3:>10.3f} {ratio:>8.1f}  {goal:<22} {errors}")


BUS = """bus
Vp p0 0 52.8
Rp p0 pack 20m
Smain pack port ctl 0 sw
.model sw sw(vt=0.5 vh=0.2 ron=1u roff=1meg)
Rc port c1 4m
Lc c1 dc 2u
Re dc cap 5m
Cx cap 0 8m ic={start}
{load}
Vctl ctl 0 {control}
.options reltol=1e-6
.control
tran {step} {end} 0 {step} uic
meas tran peak MAX i(Lc)
quit
.endc
.end
"""


def ngspice(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "run.cir"
        path.write_text(text)

        def work():
            done = subprocess.run(["ngspice", "-b", str(path)], capture_output=True, text=True, timeout=300)
            for line in done.stdout.splitlines():
                if line.startswith("peak"):
                    return float(line.split("=")[1].split()[0])
            raise RuntimeError(done.stdout[-500:] + done.stderr[-500:])

        return median_of(work)


def startup():
    """What ngspice takes to start and end: left out of the comparison with work in process."""
    return ngspice("nothing\nV1 a 0 1\nR1 a 0 1\n.tran 1u 2u\n.measure tran peak MAX v(a)\n.end\n")[0]


def hard_connect_peak():
    resistance, inductance, capacitance, emf = 0.029001, 2e-6, 8e-3, 52.8
    damping = resistance / (2 * inductance)
    # Below critical damping: a sine under an exponential, at its highest where its slope is zero.
    omega = math.sqrt(1 / (inductance * capacitance) - damping**2)
    at = math.atan2(omega, damping) / omega
    return emf / (inductance * omega) * math.exp(-damping * at) * math.sin(omega * at)


def ocv(soc):
    return 3.255 + 0.075 * soc - 0.80 * math.exp(-30 * soc) + 0.10 * math.exp(-60 * (1 - soc))


REFERENCE_CUT_OFF = 625105.0387


def scipy_week():
    from scipy.integrate import solve_ivp

    def slope(power):
        def f(_, y):
            soc, relaxed = y
            driving = ocv(soc) - relaxed
            current = (driving - math.sqrt(driving**2 - 4 * 0.75e-3 * power)) / (2 * 0.75e-3)
            return [-current / (102 * 3600), (current * 0.5e-3 - relaxed) / 60]

        return f

    def cut_off(power):
        def g(_, y):
            driving = ocv(y[0]) - y[1]
            current = (driving - math.sqrt(driving**2 - 4 * 0.75e-3 * power)) / (2 * 0.75e-3)
            return driving - 0.75e-3 * current - 2.8

        g.terminal = True
        return g

    def work():
        idle, load = 12.5 / 16, 500 / 0.9 / 16
        tight = dict(method="LSODA", rtol=1e-8, atol=1e-10)
        first = solve_ivp(slope(idle), (0, 604800), [1.0, 0.0], **tight)
        second = solve_ivp(slope(load), (604800, 1e6), first.y[:, -1], events=cut_off(load), **tight)
        return second.t_events[0][0]

    return median_of(work)


def pybamm_week():
    import pybamm

    pybamm.set_logging_level("ERROR")
    soc, relaxed = pybamm.Variable("soc"), pybamm.Variable("relaxed")
    power = pybamm.InputParameter("power")
    driving = (
        3.255 + 0.075 * soc - 0.80 * pybamm.exp(-30 * soc) + 0.10 * pybamm.exp(-60 * (1 - soc)) - relaxed
    )
    current = (driving - pybamm.sqrt(driving**2 - 4 * 0.75e-3 * power)) / (2 * 0.75e-3)
    model = pybamm.BaseModel()
    model.rhs = {soc: -current / (102 * 3600), relaxed: (current * 0.5e-3 - relaxed) / 60}
    model.initial_conditions = {soc: pybamm.InputParameter("soc0"), relaxed: pybamm.InputParameter("relaxed0")}
    model.variables = {"soc": soc, "relaxed": relaxed}
    model.events = [pybamm.Event("cut-off", driving - 0.75e-3 * current - 2.8)]
    pybamm.Discretisation().process_model(model)
    solver = pybamm.IDAKLUSolver(rtol=1e-8, atol=1e-10)

    def work():
        idle, load = 12.5 / 16, 500 / 0.9 / 16
        first = solver.solve(model, [0, 604800], inputs={"power": idle, "soc0": 1.0, "relaxed0": 0.0})
        at = first.y[:, -1]
        at = [float(value) for value in at]
        second = solver.solve(
            model, [0, 395200], inputs={"power": load, "soc0": at[0], "relaxed0": at[1]}
        )
        return 604800 + float(second.t[-1])

    return median_of(work)


def process(command):
    def work():
        subprocess.run(command, capture_output=True, timeout=300)
        return 0.0

    return median_of(work)[0]


def main():
    lines = [json.loads(line) for line in open(sys.argv[1]) if line.startswith("{")]
    ours = {line["work"]: line for line in lines}
    print(f"{'work':<28} {'ours ms':>10} {'peer':<22} {'peer ms':>10} {'ratio':>8}  {'goal':<22} errors")
    if shutil.which("ngspice"):
        start = startup()
        exact = hard_connect_peak()
        mine = ours["hard-connect"]
        control = "pulse(0 1 1m 1n 1n 1 2)"
        theirs, peak = ngspice(BUS.format(start=0, load="", control=control, step="1u", end="11m"))
        errors = f"peak {mine['result'] - exact:+.2e} A, ngspice {peak - exact:+.2e} A"
        row("hard connect, in process", mine["seconds"], "ngspice less start-up", theirs - start, errors, "100 times")
        mine = ours["constant-power"]
        load = "Bl dc 0 I=(time<0.5?0:(time<2?12:1200))/max(v(dc),1)"
        theirs, peak = ngspice(BUS.format(start=52.8, load=load, control="1", step="10u", end="3"))
        errors = f"peaks {mine['result']:.4f} A and {peak:.4f} A"
        row("1200 W step, in process", mine["seconds"], "ngspice less start-up", theirs - start, errors, "300 times")
    else:
        print("ngspice is not installed")
    mine, unlike = ours["week"], ours["week-unlike-cells"]
    for name, work in [("SciPy LSODA, one cell", scipy_week), ("PyBaMM IDAKLU, one cell", pybamm_week)]:
        try:
            theirs, cut_off = work()
        except ImportError as missing:
            print(f"{name}: {missing}")
            continue
        errors = f"cut-off {mine['result'] - REFERENCE_CUT_OFF:+.4f} s, peer {cut_off - REFERENCE_CUT_OFF:+.4f} s"
        row("week, 16 equal cells, network", mine["seconds"], name, theirs, errors, "10 times the second")
        row("week, 16 unlike cells, network", unlike["seconds"], name, theirs, "the same", "10 times the second")
        whole = ours["outage-and-week-scenario"]
        row("outage and week, verdict", whole["seconds"], name, theirs, "another scenario, whole bench", "10 times the second")
    apart = ours["inrush-scenario"]["seconds"], ours["outage-and-week-scenario"]["seconds"]
    print(f"inrush scenario {apart[0] * 1e3:.2f} ms, outage and week {apart[1] * 1e3:.2f} ms, each to its verdict")
    if len(sys.argv) > 2 and shutil.which("ngspice"):
        binary, scenario = sys.argv[2], "scenarios/sessy/port-enabled-into-empty-capacitors-stays-up.json"
        with tempfile.TemporaryDirectory() as out:
            cold = process([binary, "run", scenario, "--out", out])
        row("inrush scenario, process", cold, "ngspice process alone", start, "files, plots, verdict", "no slower")


main()

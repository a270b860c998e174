# Everything that CI checks.
test:
    bash .ci/run

# Every scenario with nothing attached; verdicts and plots land in reports/.
run *arguments="scenarios":
    cargo run -q -p blackstart-cli -- run {{arguments}}

# Is every file right? Nothing is simulated.
check *arguments="scenarios":
    cargo run -q -p blackstart-cli -- check {{arguments}}

# The scenarios of the Sessy against the reference firmware.
firmware:
    make -C fixtures/firmware
    cargo run -q -p blackstart-cli -- run scenarios/sessy --rig bench-rigs/reference-bms-native.json

# What needs a real CAN socket, on virtual buses of this kernel or of user-mode Linux.
can-lane:
    fixtures/can-lane/run

# Make the verdicts of this build the accepted ones, but for surprises (`--surprises`). Read the diff before
# committing it.
accept *arguments="scenarios":
    cargo run -q -p blackstart-cli -- accept {{arguments}}

# Write the JSON Schemas beside the files that they describe.
schemas:
    BLACKSTART_WRITE_SCHEMAS=1 cargo test -p blackstart-scenario --test it schemas

# Write the C header and the tables of docs/bench-link.md from the table of roles.
roles:
    BLACKSTART_WRITE_ROLES=1 cargo test -q -p blackstart-roles

# Which facts of the manuals do the scenarios cover?
coverage *arguments="scenarios":
    cargo run -q -p blackstart-cli -- coverage {{arguments}}

# Write the page by which people find their way in the scenarios.
index:
    cargo run -q -p blackstart-cli -- list --index > scenarios/README.md

# Take what tests print as the new snapshots. Read the diff before committing it.
snapshots:
    INSTA_UPDATE=always cargo test --workspace

# Write what the commands of docs/attach-your-firmware.md print into it. Read the diff before committing it.
guide:
    BLACKSTART_WRITE_GUIDE=1 cargo test -p blackstart-cli --test it guide::

# Formatting and lints alone.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Licences and advisories of the dependencies; needs cargo-deny.
deny:
    cargo deny check

# Five thousand mutated files, absurd parameters, misbehaving devices, a kill matrix; writes docs/torture.md.
torture:
    BLACKSTART_TORTURE=all cargo test -p blackstart-cli --test it torture -- --nocapture --test-threads 2

# What changed between two builds, from the folders that two runs wrote.
diff a b:
    cargo run -q -p blackstart-cli -- diff {{a}} {{b}} --out reports/diff

# Eight circuits drawn as systems, beside ngspice: values and peaks. Installs what it needs.
verify:
    command -v ngspice || apt-get install -qy --no-install-recommends ngspice
    python3 -m venv target/peers
    target/peers/bin/pip install -q pyarrow
    cargo build -q -p blackstart-cli
    target/peers/bin/python crates/bench/benches/verify.py target/debug/blackstart

# Blackstart beside ngspice, PyBaMM and SciPy on the same work: ratios and errors. Installs the peers.
bench:
    command -v ngspice || apt-get install -qy --no-install-recommends ngspice
    python3 -m venv target/peers
    target/peers/bin/pip install -q pybamm scipy
    cargo bench -q -p blackstart-bench --bench timing > target/timing.jsonl
    cargo build -q --release -p blackstart-cli
    target/peers/bin/python crates/bench/benches/peers.py target/timing.jsonl target/release/blackstart

# Instructions of a few commands, and what a tick and an end cost, beside the table that is checked in;
# `just count --write` writes it anew. Needs valgrind.
count *arguments:
    CARGO_INCREMENTAL=0 cargo build -q -p blackstart-cli
    python3 crates/bench/benches/count.py target/debug/blackstart {{arguments}}

# A thousand variations of the inrush in memory, a verdict each.
variations count="1000":
    cargo run -q --release -p blackstart-bench --example variations -- {{count}}

# Round trips of a barrier with the reference firmware, native and in QEMU, beside an echo over the same line.
bench-lockstep:
    cargo bench -q -p blackstart-bench --bench lockstep

# Frames a second that one core encodes and decodes with a DBC file, beside cantools. Installs it.
bench-can:
    python3 -m venv target/peers
    target/peers/bin/pip install -q cantools
    cargo bench -q -p blackstart-wire --bench can_frames > target/can_frames.jsonl
    target/peers/bin/python crates/wire/benches/can_frames_peer.py target/can_frames.jsonl fixtures/dbc/can-bms.dbc

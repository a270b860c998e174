# Everything that CI checks.
test:
    bash .ci/run

# Every scenario with nothing attached; verdicts and plots land in reports/.
run *arguments="scenarios":
    cargo run -q -p blackstart-cli -- run {{arguments}}

# Is every file right? Nothing is simulated.
check *arguments="scenarios":
    cargo run -q -p blackstart-cli -- check {{arguments}}

# Every scenario against the reference firmware.
firmware:
    make -C fixtures/firmware
    cargo run -q -p blackstart-cli -- run scenarios --rig bench-rigs/reference-bms-native.json

# Make the verdicts of this build the accepted ones. Read the diff before committing it.
accept *arguments="scenarios":
    cargo run -q -p blackstart-cli -- accept {{arguments}}

# Write the JSON Schemas beside the files that they describe.
schemas:
    BLACKSTART_WRITE_SCHEMAS=1 cargo test -p blackstart-scenario --test it schemas

# Take what tests print as the new snapshots. Read the diff before committing it.
snapshots:
    INSTA_UPDATE=always cargo test --workspace

# Formatting and lints alone.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Licences and advisories of the dependencies; needs cargo-deny.
deny:
    cargo deny check

# What changed between two builds, from the folders that two runs wrote.
diff a b:
    cargo run -q -p blackstart-cli -- diff {{a}} {{b}} --out reports/diff

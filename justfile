# Everything that CI checks.
test:
    bash .ci/run

# Every scenario with nothing attached.
run:
    cargo run -p blackstart-cli -- run scenarios

# Every scenario against the reference firmware.
firmware:
    make -C fixtures/firmware
    cargo run -p blackstart-cli -- run scenarios --rig bench-rigs/reference-bms-native.json

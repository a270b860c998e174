#!/usr/bin/env bash
# Judges one firmware build against the accepted verdicts. Ends as `blackstart run` does: 0 when every
# verdict is the accepted one, 1 when one is new or has changed (the log says how), 3 when the firmware
# never answered.
#
#   blackstart.sh RIG [OUT] [ACCEPTED]
#
# RIG names the rig file that starts or reaches the build. OUT (default: blackstart-out) receives verdicts,
# stories, plots and junit.xml: keep it as an artefact. ACCEPTED (default: reports/accepted) holds what the
# team has accepted; without it, every verdict is judged by its checks alone.
# BLACKSTART names the command (default: blackstart), SCENARIOS what to run (default: scenarios).
set -euo pipefail
rig=$1
out=${2:-blackstart-out}
accepted=${3:-reports/accepted}
arguments=(run "${SCENARIOS:-scenarios}" --rig "$rig" --out "$out" --junit "$out/junit.xml")
if [ -d "$accepted" ]; then
    arguments+=(--accepted "$accepted")
fi
${BLACKSTART:-blackstart} "${arguments[@]}"

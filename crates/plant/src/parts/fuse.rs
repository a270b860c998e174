//! A fuse: what is written down of it. When it melts is the network's business (`network::fuse`).

use blackstart_scenario::{Fuse, OfPart, Part};
use blackstart_trace::{EventKind, SignalId};
use blackstart_units::Amperes;

use super::{Acting, Build};
use crate::installer::{ARC, OPEN};
use crate::network::{Branch, BranchId, FuseGate, Gate, Network, Quantity};
use crate::record::Recorder;

#[derive(Debug)]
struct Meltable {
    id: String,
    branch: BranchId,
    damage: SignalId,
    state: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let fuse = Fuse::of(part)?;
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    branch.resistance = fuse.resistance;
    branch.gate = Gate::Fuse(FuseGate {
        curve: fuse.curve,
        pulse_time: fuse.pulse_time,
        endurance: fuse.endurance,
        off: OPEN,
        arc: Some(ARC),
    });
    let branch = into.installer.builder.branch(branch);
    into.offer("current_a", None, Quantity::Current(branch));
    into.probe("current_a", Quantity::Current(branch), 1.0);
    let damage = into.analog("damage_pct");
    let state = into.state("state", &["intact", "melted"]);
    into.acts(Meltable { id: into.id.to_owned(), branch, damage, state });
    Some(())
}

impl Acting for Meltable {
    fn melt(&mut self, branch: BranchId, network: &Network, recorder: &mut Recorder) {
        if branch == self.branch {
            let current = Amperes(network.value(Quantity::Current(branch)));
            recorder.event(network.now(), &self.id, EventKind::FuseMelted { current });
        }
    }

    fn record(&self, network: &Network, recorder: &mut Recorder) {
        let now = network.now();
        let damage = network.fuse_damage(self.branch) * 100.0;
        recorder.trace.sample(self.damage, now, damage);
        recorder.trace.sample(self.state, now, f64::from(network.melted(self.branch)));
    }
}

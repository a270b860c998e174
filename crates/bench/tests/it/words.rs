//! The words of the plant and those on the wire are the same: a device sends their place in the list.

use blackstart_trace::SignalKind;
use blackstart_wire::bench_link::vocabulary::{self, Direction, Scale};

use super::*;

#[test]
fn states_of_a_claim_stand_in_the_same_order_on_the_wire() {
    let run = go(PAIRING, None).unwrap();
    let catalogue = run.trace.catalogue();
    for claim in ["state", "alarm", "paired"] {
        let entry = vocabulary::by_name(Direction::Claim, claim).unwrap();
        let Scale::States(on_the_wire) = entry.scale else { panic!("{claim} is no state") };
        let name = format!("sessy-1.bms.claim.{claim}");
        let (_, signal) = catalogue.iter().find(|(_, signal)| signal.name == name).unwrap();
        let SignalKind::State(in_the_plant) = &signal.kind else { panic!("{name} is no state") };
        assert_eq!(in_the_plant, on_the_wire, "{claim}");
    }
}

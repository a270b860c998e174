//! What a device's role needs in the world: its terminal, and the signals of what its controller claims.

use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::{RoleKind, RoleTable};
use blackstart_trace::{Catalogue, SignalId, SignalKind};

/// The terminal of a device's role, from the table.
pub(crate) fn terminal(id: &str, kind: RoleKind, shape: RoleShape<'_>) -> Terminal {
    let path = format!("{id}.{}", kind.path_word());
    Terminal::new(path, RoleTable::standard().role(kind), shape)
}

/// What is said holds until something else is.
fn published(kind: &SignalKind) -> SignalKind {
    match kind {
        SignalKind::Analog | SignalKind::Held => SignalKind::Held,
        SignalKind::State(names) => SignalKind::State(names.clone()),
    }
}

/// Declares what a controller claims: `<role>.claim.<name>`.
pub(crate) fn declare_claims(terminal: &Terminal, catalogue: &mut Catalogue) {
    for item in terminal.claims.items() {
        catalogue.declare(format!("{}.claim.{}", terminal.role, item.name), published(&item.kind));
    }
}

/// The same of a device whose state is what its controller claims: that is `<device>.state`, and its
/// signal is given back.
pub(crate) fn declare_state_and_claims(
    id: &str,
    terminal: &Terminal,
    catalogue: &mut Catalogue,
) -> SignalId {
    let items = terminal.claims.items();
    let place = terminal.claims.place("state");
    let state = catalogue.declare(format!("{id}.state"), items[place].kind.clone());
    for item in items.iter().filter(|item| item.name != "state") {
        catalogue.declare(format!("{}.claim.{}", terminal.role, item.name), published(&item.kind));
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_claimed_holds_until_the_next_and_a_state_is_one() {
        let terminal = terminal("sessy-1", RoleKind::BatteryManagement, RoleShape::default());
        let mut catalogue = Catalogue::default();
        declare_claims(&terminal, &mut catalogue);
        let kind = |name: &str| {
            catalogue.find(name).map(|id| catalogue.signal(id).kind.clone()).expect(name)
        };
        assert_eq!(kind("sessy-1.bms.claim.soc_pct"), SignalKind::Held);
        assert!(matches!(kind("sessy-1.bms.claim.alarm"), SignalKind::State(_)));
        for (_, signal) in catalogue.iter().filter(|(_, signal)| signal.is_quantity()) {
            assert_eq!(signal.kind, SignalKind::Held, "{}", signal.name);
        }
    }
}

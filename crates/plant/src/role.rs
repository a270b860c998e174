//! What a device's role needs in the world: its terminal, and the signals of what its controller claims.

use blackstart_engine::{Shape, Terminal};
use blackstart_roles::{RoleKind, RoleTable};
use blackstart_trace::{Catalogue, SignalId};

/// The terminal of a device's role, from the table.
pub(crate) fn terminal(id: &str, kind: RoleKind, shape: Shape<'_>) -> Terminal {
    let path = format!("{id}.{}", kind.path_word());
    Terminal::new(path, RoleTable::standard().role(kind), shape)
}

/// Declares what a controller claims: `<role>.claim.<name>`.
pub(crate) fn declare_claims(terminal: &Terminal, catalogue: &mut Catalogue) {
    for item in terminal.claims.items() {
        catalogue.declare(format!("{}.claim.{}", terminal.role, item.name), item.kind.clone());
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
        catalogue.declare(format!("{}.claim.{}", terminal.role, item.name), item.kind.clone());
    }
    state
}

//! The names of pins for an editor that completes a rig file. Which of them a role has is known once its system is
//! spawned; until then any name may be right.

use blackstart_roles::{Direction, RoleTable};
use schemars::{Schema, SchemaGenerator, json_schema};

/// A pin's name, with those of a table as examples; of an array its first element.
pub(crate) fn names_of(table: &RoleTable, direction: Direction) -> Schema {
    let first = |name: &str| name.replacen('*', "01", 1);
    let examples: Vec<String> = table.names(direction).into_iter().map(first).collect();
    json_schema!({"type": ["string", "null"], "examples": examples})
}

pub(crate) fn reading(_: &mut SchemaGenerator) -> Schema {
    names_of(RoleTable::standard(), Direction::Reading)
}

pub(crate) fn command(_: &mut SchemaGenerator) -> Schema {
    names_of(RoleTable::standard(), Direction::Command)
}

pub(crate) fn claim(_: &mut SchemaGenerator) -> Schema {
    names_of(RoleTable::standard(), Direction::Claim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_roles::{Pin, PinForm, PinRange};

    #[test]
    fn one_row_more_is_one_name_more() {
        let mut table = RoleTable::standard().clone();
        let pin = Pin::new(Direction::Claim, "soh_pct", PinForm::Number, PinRange::Any, "");
        table.roles[0].pins.push(pin);
        let text = |table| names_of(table, Direction::Claim).to_value().to_string();
        assert!(text(&table).contains("soh_pct"));
        assert!(!text(RoleTable::standard()).contains("soh_pct"));
        let readings = names_of(&table, Direction::Reading).to_value().to_string();
        assert!(readings.contains("cell-01_voltage_v"), "{readings}");
    }
}

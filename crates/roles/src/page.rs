//! The tables of the pages for firmware engineers, in Markdown.

use std::fmt::Write;

use crate::pin::{Direction, Pin, PinForm};
use crate::role::{Role, RoleTable, states};

/// One section a role: readings, commands and claims, each with what one count is worth, what it can be and
/// what it means; then its alarms with the protection that each stands for.
pub fn pages(table: &RoleTable) -> String {
    let sections: Vec<String> = table.roles.iter().map(section).collect();
    sections.join("\n")
}

fn section(role: &Role) -> String {
    let mut text = format!("### {} (`….{}`)\n", role.title, role.kind.path_word());
    for direction in Direction::ALL {
        let noun = direction.noun();
        let _ = write!(text, "\n| {noun} | one count | | key |\n|---|---|---|---|\n");
        for pin in role.pins_of(direction) {
            let (name, count) = (&pin.name, one_count(pin));
            let (remark, key) = (remark(pin, role), pin.key());
            let _ = writeln!(text, "| `{name}` | {count} | {remark} | 0x{key:08X} |");
        }
    }
    if !role.alarms.is_empty() {
        text.push_str("\n| | alarm | is a trip of |\n|---|---|---|\n");
        for (index, alarm) in role.alarms.iter().enumerate() {
            let of = alarm.stands_for.map_or(String::new(), |one| format!("`{}`", one.name()));
            let _ = writeln!(text, "| {index} | `{}` | {of} |", alarm.name);
        }
    }
    text
}

/// What it can be and what it means, in one cell.
fn remark(pin: &Pin, role: &Role) -> String {
    let list = |names: &[&str]| {
        let numbered = names.iter().enumerate().map(|(index, name)| format!("{index} {name}"));
        numbered.collect::<Vec<_>>().join(", ")
    };
    let values = match &pin.form {
        PinForm::Alarms => "the list below".to_owned(),
        PinForm::States(_) => list(&states(pin, &role.alarms)),
        PinForm::Bits(names) => {
            let bit = |(index, name): (usize, &String)| format!("bit {index} {name}");
            names.iter().enumerate().map(bit).collect::<Vec<_>>().join(", ")
        }
        PinForm::Quantity { .. } | PinForm::Number | PinForm::Bus => pin.range.to_string(),
    };
    let where_ = if pin.is_optional { "not in every system" } else { "" };
    let parts = [pin.meaning.as_str(), values.as_str(), where_];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// What one count is worth, for people: `1 mV`, `100 µV`, `0.01 %`, `state`.
pub(crate) fn one_count(pin: &Pin) -> String {
    let PinForm::Quantity { exponent } = pin.form else {
        return match pin.form {
            PinForm::Number => "1",
            PinForm::Bus => "bus",
            PinForm::Bits(_) => "bits",
            _ => "state",
        }
        .to_owned();
    };
    let symbol = symbol(pin);
    match (exponent, symbol) {
        (-4, "V" | "A") => format!("100 µ{symbol}"),
        (-3, "V" | "A") => format!("1 m{symbol}"),
        (-2, "V" | "A") => format!("10 m{symbol}"),
        (0.., _) => format!("1{} {symbol}", "0".repeat(usize::from(exponent.unsigned_abs()))),
        _ => {
            let zeros = "0".repeat(usize::from(exponent.unsigned_abs()) - 1);
            format!("0.{zeros}1 {symbol}").trim_end().to_owned()
        }
    }
}

fn symbol(pin: &Pin) -> &'static str {
    if pin.name.ends_with("_per_h") {
        return "1/h";
    }
    match pin.unit() {
        "v" => "V",
        "a" => "A",
        "w" => "W",
        "va" => "VA",
        "hz" => "Hz",
        "us" => "µs",
        "ms" => "ms",
        "s" => "s",
        "h" => "h",
        "pct" => "%",
        "c" if pin.name.contains("temperature") => "°C",
        "c" => "C",
        _ => "",
    }
}

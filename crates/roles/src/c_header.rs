//! The words of every role for firmware in C: states and alarms as numbers, pins as comments.

use std::fmt::Write;

use crate::page::one_count;
use crate::pin::{Direction, Pin, PinForm};
use crate::role::{Role, RoleKind, RoleTable, states};

/// `benchlink_words.h` as it must read.
pub fn c_header(table: &RoleTable) -> String {
    let mut text = HEAD.to_owned();
    for role in &table.roles {
        section(role, &mut text);
    }
    text.push_str("\n#endif\n");
    text
}

const HEAD: &str = "\
/*
 * Words of the bench link: the pins of every role by name, and the numbers of their states, alarms and bits.
 * Generated from the table of roles; a test compares. What one count of a pin is worth is the bench's own
 * scale: firmware states the scale that it likes, and the library converts.
 */
#ifndef BENCHLINK_WORDS_H
#define BENCHLINK_WORDS_H
";

fn section(role: &Role, text: &mut String) {
    let _ = write!(text, "\n/*\n * {} (....{})\n", role.title, role.kind.path_word());
    for direction in Direction::ALL {
        let _ = writeln!(text, " *\n * {}s:", direction.noun());
        for pin in role.pins_of(direction) {
            let line = format!(" *   {:<26} {:<8} {}", pin.name, one_count(pin), pin.meaning);
            let _ = writeln!(text, "{}", ascii(line.trim_end()));
        }
    }
    text.push_str(" */\n");
    for pin in &role.pins {
        let stem = format!("BL_{}{}", prefix(role.kind), pin.name);
        for (name, value) in numbers(pin, role) {
            let name = format!("{stem}_{name}");
            let is_letter =
                |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
            let name: String = name.chars().map(is_letter).collect();
            let _ = writeln!(text, "#define {name} {value}");
        }
    }
}

/// Names of battery management stand without the kind in front.
fn prefix(kind: RoleKind) -> String {
    match kind {
        RoleKind::BatteryManagement => String::new(),
        kind => format!("{}_", kind.name()),
    }
}

fn numbers<'a>(pin: &'a Pin, role: &'a Role) -> Vec<(&'a str, String)> {
    if let PinForm::Bits(names) = &pin.form {
        let bit =
            |(index, name): (usize, &'a String)| (name.as_str(), format!("0x{:X}u", 1u32 << index));
        return names.iter().enumerate().map(bit).collect();
    }
    let names = states(pin, &role.alarms).into_iter().enumerate();
    names.map(|(index, name)| (name, format!("{index}u"))).collect()
}

/// In the characters that every compiler takes.
fn ascii(line: &str) -> String {
    line.replace('…', "...").replace('µ', "u").replace('°', "deg ")
}

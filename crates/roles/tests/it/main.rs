//! What firmware engineers read comes from the table, and changes with it.

use std::env;
use std::fs;
use std::path::PathBuf;

use blackstart_roles::{
    Alarm, Direction, Pin, PinForm, PinRange, Protection, RoleTable, c_header, pages,
};

const HEADER: &str = "fixtures/firmware/benchlink/benchlink_words.h";
const PAGE: &str = "docs/bench-link.md";
const BEGIN: &str = "<!-- roles: generated from the table, see `just roles` -->\n";
const END: &str = "<!-- end of roles -->\n";

fn at(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The page with its tables as they must be.
fn page(found: &str) -> String {
    let (before, rest) = found.split_once(BEGIN).expect("the page marks where its tables begin");
    let (_, after) = rest.split_once(END).expect("the page marks where its tables end");
    format!("{before}{BEGIN}\n{}\n{END}{after}", pages(RoleTable::standard()))
}

#[test]
fn the_c_header_and_the_page_are_what_the_table_makes() {
    let (header, found) = (c_header(RoleTable::standard()), fs::read_to_string(at(PAGE)).unwrap());
    let page = page(&found);
    if env::var_os("BLACKSTART_WRITE_ROLES").is_some() {
        fs::write(at(HEADER), &header).unwrap();
        fs::write(at(PAGE), &page).unwrap();
    }
    let found = fs::read_to_string(at(PAGE)).unwrap();
    assert!(found == page, "{PAGE} departs from the table: just roles");
    let found = fs::read_to_string(at(HEADER)).unwrap_or_default();
    assert!(found == header, "{HEADER} departs from the table: just roles");
}

#[test]
fn every_define_of_the_header_stands_once() {
    let header = c_header(RoleTable::standard());
    let mut names: Vec<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split(' ').next())
        .collect();
    assert!(names.contains(&"BL_ALARM_OVP") && names.contains(&"BL_TRANSFER_SWITCH_SOURCE_GRID"));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(header.is_ascii());
}

#[test]
fn one_pin_and_one_alarm_more_are_in_header_page_and_names() {
    let mut table = RoleTable::standard().clone();
    let ones = PinForm::Quantity { exponent: -2 };
    table.roles[0].pins.push(Pin::new(Direction::Claim, "soh_pct", ones, PinRange::Any, "health"));
    table.roles[0].alarms.push(Alarm::new("flooded", Some(Protection::Measurement)));
    let (header, page) = (c_header(&table), pages(&table));
    assert!(header.contains("soh_pct") && header.contains("#define BL_ALARM_FLOODED 15u\n"));
    assert!(page.contains("| `soh_pct` | 0.01 % | health |"));
    assert!(page.contains("| 15 | `flooded` | `measurement` |"));
    assert!(table.names(Direction::Claim).contains(&"soh_pct"));
    let standard = RoleTable::standard();
    assert!(header != c_header(standard) && page != pages(standard));
}

#[test]
fn a_renamed_alarm_departs_from_header_and_page() {
    let mut table = RoleTable::standard().clone();
    table.roles[0].alarms[6].name = "over-voltage".to_owned();
    assert!(c_header(&table) != fs::read_to_string(at(HEADER)).unwrap());
    assert!(!fs::read_to_string(at(PAGE)).unwrap().contains(&pages(&table)));
}

#[test]
fn every_alarm_that_opens_a_switch_stands_for_a_protection() {
    let bms = &RoleTable::standard().roles[0];
    let none: Vec<&str> = bms
        .alarms
        .iter()
        .filter(|alarm| alarm.stands_for.is_none())
        .map(|alarm| alarm.name.as_str())
        .collect();
    assert_eq!(none, ["none", "pairing-needed", "too-many-trips"]);
}

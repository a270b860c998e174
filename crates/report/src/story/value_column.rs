//! Key values beside each moment: port voltage, current, lowest cell.

use blackstart_trace::{Event, Trace};

use crate::format::fixed;
use crate::select::instance;

/// Signal, heading, decimals and width of each column.
const COLUMNS: [(&str, &str, usize, usize); 3] = [
    ("port_voltage_v", "port V", 2, 6),
    ("pack_current_a", "pack A", 2, 7),
    ("lowest_cell_v", "cell V", 3, 6),
];

/// The columns of the battery that a line is about, or of the first.
pub(super) struct ValueColumns {
    batteries: Vec<String>,
}

impl ValueColumns {
    /// Batteries are what has a port voltage or a pack current.
    pub(super) fn new(trace: &Trace) -> Self {
        let mut batteries: Vec<String> = Vec::new();
        for (_, signal) in trace.catalogue().iter() {
            let Some((device, name)) = signal.name.split_once('.') else { continue };
            let is_battery = ["port_voltage_v", "pack_current_a"].contains(&name);
            if is_battery && !batteries.iter().any(|known| known == device) {
                batteries.push(device.to_owned());
            }
        }
        Self { batteries }
    }

    /// Headings, with the spaces around them.
    pub(super) fn header(&self) -> String {
        let heading =
            |(_, heading, _, width): (&str, &str, usize, usize)| format!("  {heading:>width$}");
        if self.batteries.is_empty() {
            return "  ".to_owned();
        }
        COLUMNS.into_iter().map(heading).collect::<String>() + "  "
    }

    /// The values at an event, after what happens then; a dash where there is none.
    pub(super) fn at(&self, trace: &Trace, event: &Event) -> String {
        let Some(first) = self.batteries.first() else { return "  ".to_owned() };
        let about = instance(&event.subject);
        let battery = self.batteries.iter().find(|battery| *battery == about).unwrap_or(first);
        let value = |(signal, _, decimals, width): (&str, &str, usize, usize)| {
            let value = trace
                .series_named(&format!("{battery}.{signal}"))
                .and_then(|series| series.value_at(event.at))
                .map_or("-".to_owned(), |value| fixed(value, decimals));
            format!("  {value:>width$}")
        };
        COLUMNS.into_iter().map(value).collect::<String>() + "  "
    }
}

//! Which curves a page shows together: by unit, no more than four in a lane, what a check is about first.
//!
//! A signal that never changes says nothing, unless a check is about it; whoever wants it adds it on the page.

use serde::Serialize;

use crate::waves::Wave;

/// Most curves of a lane.
const CURVES: usize = 4;
/// Most lanes that are there from the beginning.
const LANES: usize = 9;

/// Curves on one axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PageLane {
    /// Unit of its axis.
    pub unit: String,
    /// Places of its signals.
    pub signals: Vec<usize>,
}

/// The lanes of these signals; `asked` are the names that checks are about.
pub(crate) fn lanes(signals: &[Wave], asked: &[String]) -> Vec<PageLane> {
    let is_asked = |wave: &Wave| asked.contains(&wave.name);
    // Truth of a whole device: what a controller believes, and single cells, are there to be added.
    let is_own = |wave: &Wave| wave.name.matches('.').count() == 1;
    let wanted =
        |wave: &Wave| wave.states.is_empty() && (is_asked(wave) || (is_own(wave) && !wave.flat));
    let mut units: Vec<&str> = Vec::new();
    for wave in signals.iter().filter(|wave| wanted(wave)) {
        if !units.contains(&wave.unit.as_str()) {
            units.push(&wave.unit);
        }
    }
    const FIRST: [&str; 4] = ["V", "A", "W", "%"];
    let rank = |unit: &str| FIRST.iter().position(|first| *first == unit).unwrap_or(FIRST.len());
    units.sort_by_key(|unit| rank(unit));
    let mut lanes = Vec::new();
    for unit in units {
        let of_unit = signals.iter().enumerate();
        let of_unit = of_unit.filter(|(_, wave)| wave.unit == unit && wanted(wave));
        let mut places: Vec<usize> = of_unit.map(|(place, _)| place).collect();
        places.sort_by_key(|&place| {
            let wave = &signals[place];
            // Cells stand some ten times below the rest of what is in volts.
            (!is_asked(wave), wave.name.ends_with("_cell_v"))
        });
        let (cells, others): (Vec<usize>, Vec<usize>) =
            places.into_iter().partition(|&place| signals[place].name.ends_with("_cell_v"));
        for places in [others, cells] {
            let lane =
                |chunk: &[usize]| PageLane { unit: unit.to_owned(), signals: chunk.to_vec() };
            lanes.extend(places.chunks(CURVES).map(lane));
        }
    }
    let asks = |lane: &PageLane| lane.signals.iter().any(|&place| is_asked(&signals[place]));
    // What a check is about is never left out.
    let mut room = LANES;
    lanes.retain(|lane| {
        let is_kept = asks(lane) || room > 0;
        room = room.saturating_sub(1);
        is_kept
    });
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(name: &str, unit: &str, flat: bool) -> Wave {
        let (name, unit) = (name.to_owned(), unit.to_owned());
        Wave { name, unit, holds: false, states: Vec::new(), count: 2, of: 2, flat }
    }

    #[test]
    fn a_lane_has_four_curves_of_one_unit_and_what_is_flat_stays_away_unless_asked_for() {
        let mut signals: Vec<Wave> =
            (0..6).map(|index| wave(&format!("d-{index}.voltage_v"), "V", false)).collect();
        signals.push(wave("d.current_a", "A", true));
        signals.push(wave("e.current_a", "A", true));
        signals.push(wave("d.bms.claim.soc_pct", "%", false));
        let lanes = lanes(&signals, &["d-5.voltage_v".to_owned(), "e.current_a".to_owned()]);
        let shown: Vec<(&str, Vec<usize>)> =
            lanes.iter().map(|lane| (lane.unit.as_str(), lane.signals.clone())).collect();
        assert_eq!(shown, [("V", vec![5, 0, 1, 2]), ("V", vec![3, 4]), ("A", vec![7])]);
    }
}

//! What drains a battery while nobody uses it, by which side of the switches it lies on.

use blackstart_plant::DcSide;
use blackstart_scenario::kinds::Through;
use blackstart_scenario::{Device, Graph, Node, Nodes, Part, Provenance, System};
use blackstart_verdict::{Drain, Guessed, Side};

use crate::end::guessed;

/// What drains the batteries of one system.
pub(crate) struct Drains<'a> {
    pub system: &'a System,
    pub graph: Graph<'a>,
    pub provenance: &'a Provenance,
    pub dc: &'a DcSide,
}

impl Drains<'_> {
    /// Everything that a string of cells or a module feeds. What several feed they share evenly, as far as
    /// no switch can leave it to one of them alone. What lies inside another pack is fed by that.
    pub fn of(&self, store: &str) -> Vec<Drain> {
        let Some(part) = self.system.part(store) else { return Vec::new() };
        let Some(&plus) = part.ends.last() else { return Vec::new() };
        let own = self.own(store, part).map(|power_w| {
            let name = format!("{store} electronics");
            Drain { name, side: Side::Pack, power_w }
        });
        let mut drains: Vec<Drain> = own.into_iter().collect();
        let others = self.system.packs().filter(|pack| pack.cells_path() != store);
        let others: Vec<Nodes> = others.map(|pack| pack.inside(&self.graph)).collect();
        let (inside, downstream) = (self.graph.unswitched(plus), self.graph.downstream(plus));
        for device in &self.system.devices {
            let Some((name, at, power)) = self.taken(device) else { continue };
            let is_others = !inside.contains(at) && others.iter().any(|other| other.contains(at));
            if !downstream.contains(at) || is_others {
                continue;
            }
            let side = if inside.contains(at) { Side::Pack } else { Side::Port };
            let (surely, at_most) = self.graph.stores_upstream(at);
            let share = |stores: usize| 1.0 / stores.max(1) as f64;
            let power_w = power.shared(share(at_most), share(surely));
            drains.push(Drain { name, side, power_w });
        }
        drains.sort_by_key(|drain| drain.side != Side::Pack);
        drains
    }

    /// What the electronics of cells take from them.
    fn own(&self, id: &str, part: &Part) -> Option<Guessed> {
        let draws =
            (part.kind.draws)(part, false).filter(|_| part.kind.through == Through::Cells)?;
        let amperes = part.amount(draws.key)?.amperes().0;
        Some(self.milliamperes(format!("{id}.{}", draws.key), amperes, part.nominal_voltage().0))
    }

    /// What a device takes while nobody uses it: name, where, and its power in W.
    fn taken(&self, device: &Device) -> Option<(String, Node, Guessed)> {
        let id = &device.id;
        let watts =
            |key: &str, power: f64| guessed(self.provenance, format!("{id}.{key}"), power, 1.0);
        let amperes = |key: &str, amperes: f64, at: Node| {
            let volts = self.graph.bus_voltage(at).map_or(0.0, |volts| volts.0);
            self.milliamperes(format!("{id}.{key}"), amperes, volts)
        };
        let part = &device.model;
        // What cells take of themselves is theirs.
        if part.kind.through == Through::Cells {
            return None;
        }
        let at = *part.ends.get((part.kind.draws_at)(part))?;
        let draws = (part.kind.draws)(part, self.dc.is_load_on(id))?;
        let (key, amount) = (draws.key, part.amount(draws.key)?);
        let power = match key.ends_with("_ma") {
            true => amperes(key, amount.amperes().0, at),
            false => watts(key, amount.watts().0),
        };
        let name = format!("{} {}", id.replace('.', " "), draws.called);
        Some((name.trim_end().to_owned(), at, power))
    }

    fn milliamperes(&self, key: String, amperes: f64, volts: f64) -> Guessed {
        guessed(self.provenance, key, amperes * volts, 1e-3 * volts)
    }
}

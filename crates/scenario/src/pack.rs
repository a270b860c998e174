//! A pack, for those who ask a battery as a whole: cells that a controller sees, and the switches by which it
//! parts them from what lies outside.
//!
//! Nothing of it is written down anywhere: the pins of the controller's role lead to cells and switches, and
//! the graph from there to the port.

use std::collections::BTreeSet;

use blackstart_roles::{Limits, Protection, RoleKind};
use blackstart_units::{AmpereHours, Amperes, Fraction, Ohms, Volts, Watts};

use crate::graph::{Connection, Graph, Nodes, Via};
use crate::kinds::PinDirection;
use crate::kinds::cells::CellsAmounts;
use crate::kinds::comparator::{CurrentComparator, VoltageComparator};
use crate::kinds::pack_charger::PackChargerAmounts;
use crate::kinds::pack_rules::PackRulesAmounts;
use crate::kinds::pairing_rules::PairingRulesAmounts;
use crate::kinds::port_rating::PortRating;
use crate::part::{AssembledRole, Part};
use crate::resolved::{Device, Node, System};

/// The pin by which a controller sees its cells.
const CELL_PIN: &str = "cell-*_voltage_v";
/// The command that closes the way through a resistor, which no load is fed by.
const PRECHARGE: &str = "precharge_switch";
/// The command of a switch that charge alone passes.
const CHARGE: &str = "charge_switch";
/// The command of a switch that discharge alone passes.
const DISCHARGE: &str = "discharge_switch";
/// Pins that close what carries current.
const SWITCHED_BY: [&str; 2] = ["gate", "coil"];

/// One pack. Indices are those of [`System::devices`].
#[derive(Clone, Debug)]
pub struct Pack<'a> {
    system: &'a System,
    /// What is reported of it: the assembly that its role belongs to (`sessy-1`).
    pub id: &'a str,
    /// Its controller.
    pub role: &'a AssembledRole,
    /// Its string of cells.
    pub cells: usize,
    /// Its switches, but for the one of a pre-charge, and which command closes each.
    switches: Vec<(usize, &'a str)>,
}

/// Which way current flows through a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Out of the cells.
    Discharge,
    /// Into them.
    Charge,
}

impl System {
    /// Every pack, in the order of the roles.
    pub fn packs(&self) -> impl Iterator<Item = Pack<'_>> {
        let managed = |role: &&AssembledRole| role.kind == RoleKind::BatteryManagement;
        self.part_roles.iter().filter(managed).filter_map(|role| Pack::of(self, role))
    }

    /// The pack that something is reported of.
    pub fn pack(&self, id: &str) -> Option<Pack<'_>> {
        self.packs().find(|pack| pack.id == id)
    }

    /// The pack whose cells a device is.
    pub fn pack_of_cells(&self, device: usize) -> Option<Pack<'_>> {
        self.packs().find(|pack| pack.cells == device)
    }

    /// The device of a name, where it is a part of a declared kind.
    pub fn part(&self, id: &str) -> Option<&Part> {
        Some(&self.devices[self.device(id)?].model)
    }
}

impl<'a> Pack<'a> {
    fn of(system: &'a System, role: &'a AssembledRole) -> Option<Self> {
        let seen = role.pins.iter().find(|pin| pin.name == CELL_PIN)?;
        let sensor = system.part(&seen.to.first()?.part)?;
        let measured = sensor.links(sensor.kind.links.first()?.key).first()?;
        let cells = system.device(&measured.part)?;
        system.devices[cells].model.amounts::<CellsAmounts>()?;
        let commands = role.pins.iter().filter(|pin| pin.direction == PinDirection::Command);
        let switches = commands.filter(|pin| pin.name != PRECHARGE).flat_map(|pin| {
            let own = pin.to.iter().filter(|to| SWITCHED_BY.contains(&to.pin));
            own.filter_map(|to| Some((system.device(&to.part)?, pin.name.as_str())))
        });
        let switches = switches.collect();
        let id = role.path.rsplit_once('.').map_or(role.path.as_str(), |(owner, _)| owner);
        Some(Self { system, id, role, cells, switches })
    }

    /// Path of its cells.
    pub fn cells_path(&self) -> &'a str {
        &self.system.devices[self.cells].id
    }

    /// Its cells.
    pub fn string(&self) -> &'a Part {
        &self.system.devices[self.cells].model
    }

    /// How many cells it has.
    pub fn count(&self) -> usize {
        self.string().elements()
    }

    /// Plus of its cells.
    pub fn plus(&self) -> Node {
        self.string().ends[1]
    }

    /// What lies on its side of all of its switches, whatever they do.
    pub fn inside(&self, graph: &Graph<'_>) -> Nodes {
        graph.unswitched(self.plus())
    }

    /// Where current of a kind enters or leaves on the side of its plus: behind the last of the switches that
    /// it passes.
    pub fn port(&self, graph: &Graph<'_>, flow: Flow) -> Node {
        let other = if flow == Flow::Discharge { CHARGE } else { DISCHARGE };
        let is_of_other = |edge: &Connection| self.commanded_by(edge.device) == Some(other);
        let is_wired =
            |edge: &Connection| matches!(edge.via, Via::Conductor | Via::Fuse | Via::OneWay);
        let mut at = self.plus();
        let mut regions = vec![graph.reached(at, is_wired)];
        loop {
            let is_known = |node: Node| regions.iter().any(|region| region.contains(node));
            // Where a switch leads from the newest region to nothing known.
            let beyond = |edge: &Connection| {
                let here = regions.last().is_some_and(|region| region.contains(edge.from));
                let (near, far) = if here { (edge.from, edge.to) } else { (edge.to, edge.from) };
                let is_here = regions.last().is_some_and(|region| region.contains(near));
                (is_here && !is_known(far)).then_some(far)
            };
            let own = graph.edges().iter().filter(|edge| self.commanded_by(edge.device).is_some());
            let leading = own.filter_map(|edge| Some((is_of_other(edge), beyond(edge)?)));
            match leading.min_by_key(|(is_of_other, _)| *is_of_other) {
                Some((_, far)) => at = far,
                None => return at,
            }
            regions.push(graph.reached(at, is_wired));
        }
    }

    /// Its switches, but for the one of a pre-charge.
    pub fn switches(&self) -> Vec<usize> {
        self.switches.iter().map(|one| one.0).collect()
    }

    fn commanded_by(&self, device: usize) -> Option<&'a str> {
        self.switches.iter().find(|one| one.0 == device).map(|one| one.1)
    }

    /// What lies in series with the cells up to the port, the switches closed, the cells included.
    pub fn resistance(&self, graph: &Graph<'_>) -> Ohms {
        let string = self.string();
        let each = |k| string.amount_of(k, "resistance_mohm").map_or(0.0, |one| one.ohms().0);
        let links = string.amount("link_resistance_mohm").map_or(0.0, |one| one.ohms().0);
        let cells: f64 = (0..self.count()).map(each).sum();
        let (plus, port) = (self.plus(), self.port(graph, Flow::Discharge));
        let outside = graph.resistance((plus, port), |device| {
            let part = &self.system.devices[device].model;
            Some(part.amount(part.kind.resistance?)?.ohms())
        });
        Ohms(cells + links) + outside.unwrap_or(Ohms(0.0))
    }

    /// The open-circuit curve of a cell.
    pub fn curve(&self) -> Vec<(Fraction, Volts)> {
        self.string().open_circuit_curve().unwrap_or_default()
    }

    /// Open-circuit voltage of the whole pack half full.
    pub fn nominal_voltage(&self) -> Volts {
        self.string().nominal_voltage()
    }

    /// Mean capacity of a cell.
    pub fn capacity(&self) -> AmpereHours {
        let each = |k| self.string().amount_of(k, "capacity_ah").map(|one| one.ampere_hours().0);
        let all: Vec<f64> = (0..self.count()).filter_map(each).collect();
        AmpereHours(all.iter().sum::<f64>() / all.len().max(1) as f64)
    }

    /// Voltage of a cell at which its controller ends the discharge.
    pub fn cell_cutoff(&self) -> Option<Volts> {
        let rules = self.system.part(&self.role.rules)?;
        let pairing = rules.amounts().map(|own: PairingRulesAmounts| own.cell_cutoff_v);
        let volts = pairing.or(rules.amounts().map(|own: PackRulesAmounts| own.cell_low_v))?;
        Some(volts.volts())
    }

    /// The same of all cells.
    pub fn cut_off(&self) -> Volts {
        self.cell_cutoff().unwrap_or(Volts(0.0)) * self.count() as f64
    }

    /// Its parts that somebody refers to by their kind: those of its assembly, and of assemblies in it.
    fn own(&self) -> impl Iterator<Item = &'a Device> {
        let id = self.id;
        let is_own = move |device: &&Device| {
            device.id.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'))
        };
        self.system.devices.iter().filter(is_own)
    }

    /// What may be drawn from its port, if its maker says so.
    pub fn rating(&self) -> Option<PortRating> {
        self.own().find_map(Device::of_kind)
    }

    /// Where that is said.
    pub fn rating_path(&self) -> Option<&'a str> {
        self.own().find(|one| one.of_kind::<PortRating>().is_some()).map(|one| one.id.as_str())
    }

    /// Up to which voltage of a cell it may be charged, and with what current: by its own charger, else as
    /// its controller allows.
    pub fn charge_limits(&self) -> Option<(Volts, Amperes)> {
        let charger = self.own().find_map(|one| one.model.amounts::<PackChargerAmounts>());
        if let Some(charger) = charger {
            let end = charger.charge_end_voltage_v.volts();
            let Watts(power) = charger.charge_power_w.watts();
            return Some((end, Amperes(power / (end.0 * self.count() as f64))));
        }
        let rules: PackRulesAmounts = self.system.part(&self.role.rules)?.amounts()?;
        Some((rules.cell_high_v.volts(), rules.charge_limit_a.amperes()))
    }

    /// What it may be discharged with: what its maker states of its port, else as its controller allows.
    pub fn discharge_limit(&self) -> Option<Amperes> {
        let rules = || self.system.part(&self.role.rules)?.amounts::<PackRulesAmounts>();
        let limit = || rules().map(|rules| rules.discharge_limit_a.amperes());
        self.rating().map(|rating| rating.continuous).or_else(limit)
    }

    /// Its comparators.
    pub fn comparators(&self) -> impl Iterator<Item = (&'a Device, &'a Part)> {
        let of = |device: &'a Device| {
            let part = &device.model;
            part.kind.pins.iter().any(|pin| pin.name == "clear").then_some((device, part))
        };
        self.own().filter_map(of)
    }

    /// Comparators that end its charge when they act, by their paths: of a charger in it, or of a switch
    /// that charge alone passes.
    pub fn stops_of_charge(&self) -> impl Iterator<Item = &'a str> {
        let is_of_charge = |id: &str| {
            let device = self.system.device(id);
            let part = device.map(|one| &self.system.devices[one].model);
            let is_charger = part.is_some_and(|part| part.kind.can_be_stopped);
            is_charger || device.and_then(|one| self.commanded_by(one)) == Some(CHARGE)
        };
        let stops: Vec<&'a str> = self
            .comparators()
            .filter(|(_, part)| part.links("opens").iter().any(|link| is_of_charge(&link.part)))
            .map(|(device, _)| device.id.as_str())
            .collect();
        stops.into_iter()
    }

    /// Everything that can act on it: its comparators and chips, and what its controller has an alarm for.
    pub fn protections(&self) -> Vec<Protection> {
        let own = self.own().flat_map(|device| {
            let named = Protection::named(device.model.word("stands_for"));
            named.into_iter().chain(device.model.kind.acts_for.iter().copied())
        });
        let claimed = self.role.claims.iter().flat_map(|claim| &claim.stands_for);
        let known: BTreeSet<Protection> = own.chain(claimed.map(|one| one.1)).collect();
        known.into_iter().collect()
    }

    /// Where its comparators act, and what it carries: what its readings can be before. `None` of a pack that
    /// lacks one of them.
    pub fn limits(&self) -> Option<Limits> {
        let volts = |protection: &str| {
            let mut own = self.comparators();
            let (_, part) = own.find(|(_, part)| part.word("stands_for") == protection)?;
            part.amounts().map(|one: VoltageComparator| one.threshold_v.volts().0)
        };
        let mut own = self.comparators();
        let (_, over_current) = own.find(|(_, part)| part.word("stands_for") == "ocd")?;
        let over_current: CurrentComparator = over_current.amounts()?;
        let charge = self.rating().map(|rating| rating.continuous);
        let charge = charge.or(self.charge_limits().map(|limits| limits.1))?;
        Some(Limits {
            cells: self.count(),
            cell_voltage_v: (volts("front-end-uvp")?, volts("front-end-ovp")?),
            current_a: (charge.0, over_current.threshold_a.amperes().0),
        })
    }
}

//! A BMS outside of the batteries: it hears their alarms and drives outputs; it switches nothing
//! itself but an alternator, where it has a port for one.
//!
//! One family with parameters: Victron's smallBMS, smallBMS NG and Smart BMS CL 12-100. Load
//! disconnect and charge disconnect are high while all is well and float otherwise; the pre-alarm is
//! high at least a stated time before the load disconnect floats because of a low cell, also when the
//! voltage falls through both levels at once. Where a manual contradicts itself the device file says
//! which reading this is. While its firmware is updated chargers are off and loads are not; a while
//! after an update broke off the loads are off as well. A BMS that is itself too hot opens its alternator's
//! path, which alone it switches. Left out: Bluetooth, how an update gets in; lamps are the plant's.

use blackstart_engine::{AlertEdge, Controller, Desk, PinBank, Subscription, WatchedReading};
use blackstart_scenario::{AlternatorRules, BmsRules, Condition};
use blackstart_units::{SimTime, Volts};

use crate::alternator_port::AlternatorControl;
use crate::balance::Balance;
use crate::bank_charge::BankCharge;
use crate::held::{Held, RELOOK};
use crate::remote_terminals::RemoteTerminalLogic;

/// Slots of subscriptions; those of the parts begin at theirs.
const SUPPLY_SLOTS: u8 = 0;
const REMOTE_SLOTS: u8 = 4;
const PORT_SLOTS: u8 = 6;
const CHARGE_SLOT: u8 = 10;
/// States of the reading `update`.
const RUNNING: f64 = 1.0;
const FAILED: f64 = 2.0;

/// Where the values stand in the role's banks.
#[derive(Clone, Debug)]
struct Pins {
    supply: usize,
    bank: usize,
    port: usize,
    lines: [usize; 5],
    lost: usize,
    soc: usize,
    rate: usize,
    imbalance: usize,
    update: usize,
    outputs: [usize; 3],
    path: usize,
    state: usize,
    discharge: usize,
    charge: usize,
    alarm: usize,
    claimed_soc: usize,
    time_remaining: usize,
    balancer: usize,
}

/// What it sees at an instant.
#[derive(Clone, Copy, Debug)]
struct Seen {
    pre_alarm: bool,
    low_cell: bool,
    high_cell: bool,
    cold: bool,
    hot: bool,
    lost: bool,
    updating: bool,
}

/// What it comes to.
#[derive(Clone, Copy, Debug, Default)]
struct Verdict {
    low_cell: bool,
    at_floor: bool,
    cell_warning: bool,
    soc_warning: bool,
    out_of_range: bool,
    not_allowed: bool,
    update_lost: bool,
    unannounced: bool,
    charge_stopped: bool,
}

impl Verdict {
    fn discharge_stopped(self) -> bool {
        self.low_cell || self.at_floor || self.out_of_range || self.update_lost
    }
}

/// The controller of one BMS.
#[derive(Clone, Debug)]
pub struct ExternalBmsControl {
    rules: BmsRules,
    pins: Pins,
    remote: RemoteTerminalLogic,
    charge: Option<(BankCharge, Balance)>,
    alternator: Option<AlternatorControl>,
    /// An update that broke off.
    broken_off: Held,
    /// Pre-alarm because of a cell.
    imminent: Held,
    /// A low cell that has led to the load disconnect, until it is over.
    cut_off: bool,
    /// Whether there is a low cell, and whether it came without its pre-alarm.
    low_cell: (bool, bool),
}

impl ExternalBmsControl {
    /// A controller, also of an alternator port if it has one, for a role whose banks have these names;
    /// `None` when one that it needs is missing.
    pub fn new(
        rules: BmsRules,
        alternator: Option<AlternatorRules>,
        readings: &PinBank,
        commands: &PinBank,
        claims: &PinBank,
    ) -> Option<Self> {
        let (read, order, claim) = (
            |name: &str| readings.index(name),
            |name: &str| commands.index(name),
            |name: &str| claims.index(name),
        );
        let pins = Pins {
            supply: read("supply_voltage_v")?,
            bank: read("bank_voltage_v")?,
            port: read("port_voltage_v")?,
            lines: [
                read("pre_alarm")?,
                read("low_cell")?,
                read("high_cell")?,
                read("cold")?,
                read("hot")?,
            ],
            lost: read("battery_lost")?,
            soc: read("soc_pct")?,
            rate: read("rate_per_h")?,
            imbalance: read("imbalance_v")?,
            update: read("update")?,
            outputs: [order("load_output")?, order("charge_output")?, order("pre_alarm_output")?],
            path: order("alternator_path")?,
            state: claim("state")?,
            discharge: claim("discharge")?,
            charge: claim("charge")?,
            alarm: claim("alarm")?,
            claimed_soc: claim("soc_pct")?,
            time_remaining: claim("time_remaining_h")?,
            balancer: claim("balancer")?,
        };
        Some(Self {
            remote: RemoteTerminalLogic::new(rules.remote, readings)?,
            charge: rules.charge.map(|rules| (BankCharge::new(rules), Balance::new(&rules))),
            alternator: alternator.map(AlternatorControl::new),
            rules,
            pins,
            broken_off: Held::default(),
            imminent: Held::default(),
            cut_off: false,
            low_cell: (false, false),
        })
    }

    fn see(&self, desk: &Desk<'_>) -> Seen {
        let [pre_alarm, low_cell, high_cell, cold, hot] =
            self.pins.lines.map(|line| desk.readings.get(line) > 0.5);
        let lost = desk.readings.get(self.pins.lost) > 0.5;
        let updating = desk.readings.get(self.pins.update) >= RUNNING;
        Seen { pre_alarm, low_cell, high_cell, cold, hot, lost, updating }
    }

    /// What follows for loads and chargers.
    fn judge(&mut self, desk: &Desk<'_>, seen: Seen) -> Verdict {
        let (now, bank) = (desk.now, Volts(desk.readings.get(self.pins.bank)));
        // A cable that says nothing is taken for a low cell: loads get the same warning.
        let low = seen.low_cell || seen.lost;
        self.imminent.note(seen.pre_alarm || low, now);
        self.cut_off = low && (self.cut_off || now >= self.imminent.due(self.rules.pre_alarm_lead));
        // A pre-alarm ends before its low cell does: what counts is how it began.
        let began = seen.low_cell && !self.low_cell.0;
        let silent = if began { !seen.pre_alarm } else { self.low_cell.1 };
        self.low_cell = (seen.low_cell, seen.low_cell && silent);
        let mut verdict = Verdict {
            unannounced: self.rules.expects_pre_alarm && self.low_cell.1,
            low_cell: self.cut_off,
            cell_warning: self.imminent.is_on(),
            ..Verdict::default()
        };
        if let Some((charge, balance)) = &mut self.charge {
            let (soc, rate) = (desk.readings.get(self.pins.soc), desk.readings.get(self.pins.rate));
            charge.look(now, bank, soc, rate);
            let (at_top, is_full) = charge.top();
            balance.look(now, Volts(desk.readings.get(self.pins.imbalance)), at_top, is_full);
            (verdict.at_floor, verdict.soc_warning) = (charge.at_floor(), charge.warns());
        }
        let supply = Volts(desk.readings.get(self.pins.supply));
        let outside = |(lowest, highest): (Volts, Volts)| supply < lowest || supply > highest;
        verdict.out_of_range = outside(self.rules.supply_window);
        verdict.not_allowed = verdict.out_of_range || outside(self.rules.allowed_window);
        self.broken_off.note(desk.readings.get(self.pins.update) == FAILED, now);
        verdict.update_lost = now >= self.update_lost_at();
        let cold = seen.cold && self.rules.stops_charge_when_cold;
        verdict.charge_stopped = seen.high_cell || seen.hot || cold || seen.lost;
        if let Some(port) = &mut self.alternator {
            verdict.charge_stopped |= port.holds_charge(now, bank);
        }
        verdict.charge_stopped |= verdict.out_of_range || seen.updating;
        verdict
    }

    /// When loads go off because an update broke off.
    fn update_lost_at(&self) -> SimTime {
        self.rules.update_grace.map_or(SimTime::NEVER, |grace| self.broken_off.due(grace))
    }

    /// Orders follow from what it sees alone, so that no path can forget one.
    fn order(&mut self, desk: &mut Desk<'_>, verdict: Verdict) {
        let is_on = self.remote.is_on(desk.readings);
        let outputs_live = is_on || !self.rules.remote.disables_all;
        let load = outputs_live && !verdict.discharge_stopped();
        let charge = outputs_live && !verdict.charge_stopped;
        let pre_alarm = verdict.cell_warning || verdict.soc_warning;
        for (&pin, high) in self.pins.outputs.iter().zip([load, charge, pre_alarm]) {
            desk.commands.set(pin, f64::from(high));
        }
        let port = Volts(desk.readings.get(self.pins.port));
        if let Some(alternator) = &mut self.alternator {
            let allowed = is_on && !verdict.charge_stopped && !self.rules.own_heat;
            let closed = alternator.drive(desk.now, port, allowed);
            desk.commands.set(self.pins.path, f64::from(closed));
        }
        desk.claims.set(self.pins.state, f64::from(is_on));
        let discharge = match (verdict.discharge_stopped(), pre_alarm) {
            (true, _) => 2.0,
            (false, true) => 1.0,
            (false, false) => 0.0,
        };
        desk.claims.set(self.pins.discharge, discharge);
        desk.claims.set(self.pins.charge, f64::from(verdict.charge_stopped));
        if let Some((charge, balance)) = &self.charge {
            desk.claims.set(self.pins.claimed_soc, charge.soc());
            desk.claims.set(self.pins.time_remaining, charge.hours_remaining());
            desk.claims.set(self.pins.balancer, f64::from(balance.status(desk.now) as u8));
        }
    }

    fn show_code(&self, desk: &mut Desk<'_>, seen: Seen, verdict: Verdict) {
        let applies = |(condition, _): &(Condition, String)| match condition {
            Condition::InvalidConfiguration => !self.rules.valid_bank,
            Condition::VoltageNotAllowed => verdict.not_allowed,
            Condition::BatteryLost => seen.lost,
            Condition::LowCell => verdict.low_cell,
            Condition::LowSoc => verdict.at_floor,
            Condition::HighCell => seen.high_cell,
            Condition::HotBattery => seen.hot,
            Condition::ColdBattery => seen.cold,
            Condition::PreAlarmMissing => verdict.unannounced,
            Condition::OwnHeat => self.rules.own_heat,
            Condition::LowCellWarning => verdict.cell_warning,
            Condition::LowSocWarning => verdict.soc_warning,
        };
        let code = self.rules.codes.iter().position(applies).map_or(0.0, |k| (k + 1) as f64);
        desk.claims.set(self.pins.alarm, code);
    }

    fn subscribe(&self, desk: &mut Desk<'_>) {
        let supply = desk.readings.get(self.pins.supply);
        let (works, allowed) = (self.rules.supply_window, self.rules.allowed_window);
        for (slot, lowest) in (SUPPLY_SLOTS..).zip([works.0.0, allowed.0.0]) {
            // Inside, the way out; outside, the way back in.
            let (edge, level) = match supply < lowest {
                false => (AlertEdge::Falling, lowest.next_down()),
                true => (AlertEdge::Rising, lowest),
            };
            desk.subscribe(slot, Some(self.of_supply(edge, level)));
        }
        for (slot, highest) in (SUPPLY_SLOTS + 2..).zip([works.1.0, allowed.1.0]) {
            let (edge, level) = match supply > highest {
                false => (AlertEdge::Rising, highest.next_up()),
                true => (AlertEdge::Falling, highest),
            };
            desk.subscribe(slot, Some(self.of_supply(edge, level)));
        }
        self.remote.subscribe(desk, self.pins.supply, REMOTE_SLOTS);
        if let Some(port) = &self.alternator {
            port.subscribe(desk, self.pins.bank, self.pins.port, PORT_SLOTS);
        }
        if let Some((charge, _)) = &self.charge {
            desk.subscribe(CHARGE_SLOT, Some(charge.watch(self.pins.bank)));
        }
    }

    fn of_supply(&self, edge: AlertEdge, level: f64) -> Subscription {
        Subscription { reading: WatchedReading::One(self.pins.supply), edge, level }
    }

    fn next_wake(&self, seen: Seen, now: SimTime) -> SimTime {
        let waits = (seen.low_cell || seen.lost) && !self.cut_off;
        let lead =
            if waits { self.imminent.due(self.rules.pre_alarm_lead) } else { SimTime::NEVER };
        let charge = self
            .charge
            .as_ref()
            .map_or(SimTime::NEVER, |(charge, balance)| charge.due().min(balance.due(now)));
        let port = self.alternator.as_ref().map_or(SimTime::NEVER, |port| port.due(now));
        let update = self.update_lost_at();
        let update = if now < update { update } else { SimTime::NEVER };
        lead.min(charge).min(port).min(update)
    }
}

impl Controller for ExternalBmsControl {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        let seen = self.see(desk);
        let verdict = self.judge(desk, seen);
        self.order(desk, verdict);
        self.show_code(desk, seen, verdict);
        self.subscribe(desk);
        let relook = if desk.causes.level { desk.now + RELOOK } else { SimTime::NEVER };
        self.next_wake(seen, desk.now).min(relook)
    }
}

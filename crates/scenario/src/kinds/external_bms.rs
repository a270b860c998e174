//! A BMS outside of the batteries: it hears battery modules, decides, and switches by its outputs.

use blackstart_units::{Amperes, Celsius};

use super::{
    Amounts, ColumnKey, ColumnOf, GroupKey, OfPart, PartKind, PartMistake, Quiescent, RowsKey,
    Through, amounts, same,
};
use crate::bms_lamp::{BmsLamp, LampLight, LampReason};
use crate::code::Code;
use crate::external_bms::{
    AlternatorPort, AlternatorRules, BmsAmbient, BmsRules, ChargeRules, Condition, ExternalBms,
    OutputStage, RemoteTerminalRules, SupplyFuse,
};
use crate::levels::Levels;
use crate::part::Part;
use crate::range::ParameterRange;
use crate::unit::Amount;

amounts! {
    /// A BMS outside of the batteries: what its outputs give.
    OutputAmounts {
        /// Load disconnect: current that it gives.
        load_output_ma: Positive,
        /// 1 when it survives a short circuit.
        load_output_protected: Flag,
        /// Charge disconnect: current that it gives.
        charge_output_ma: Positive,
        /// 1 when it survives a short circuit.
        charge_output_protected: Flag,
        /// Pre-alarm: current that it gives.
        pre_alarm_output_ma: Positive,
        /// 1 when it survives a short circuit.
        pre_alarm_output_protected: Flag,
        /// By how much a high load or charge disconnect lies below the supply.
        output_drop_v: NotNegative,
        /// By how much a high pre-alarm lies below the supply.
        pre_alarm_drop_v: NotNegative,
    }
}

amounts! {
    /// When a BMS outside of the batteries acts.
    BmsAlarmAmounts {
        /// Shortest time from the pre-alarm to the load disconnect because of a low cell.
        pre_alarm_lead_s: NotNegative,
        /// 1 when cold cells stop the charging, 0 when only hot ones do.
        stops_charge_when_cold: Flag,
        /// Below this supply voltage it is out of its range.
        lowest_supply_v: Positive,
        /// Above this supply voltage it is out of its range.
        highest_supply_v: Positive,
        /// Below this supply voltage it shows that the voltage is not allowed.
        lowest_allowed_v: Positive,
        /// Above this supply voltage it shows that the voltage is not allowed.
        highest_allowed_v: Positive,
        /// 1 when it is set to wait for a pre-alarm of its batteries, 0 when it knows that there is none.
        expects_pre_alarm: Flag,
        /// Time between two conversions of its own voltages.
        supply_period_ms: Positive,
    }
}

amounts! {
    /// The remote on/off terminals L and H of a BMS.
    RemoteTerminalAmounts {
        /// It is on while L is below this voltage …
        remote_l_below_v: Positive,
        /// … or while H is above this one and no higher than the supply.
        remote_h_above_v: Positive,
        /// 1 when off means that load and charge disconnect float, 0 when it only stops the alternator.
        remote_disables_all: Flag,
        /// 1 when a loop joins L and H at the start of a run.
        remote_joined: Flag initial,
    }
}

amounts! {
    /// What a BMS takes for itself, outputs not included.
    ConsumptionAmounts {
        /// Remote on.
        on_ma: NotNegative,
        /// With the load disconnected because of a low cell or a low charge.
        low_ma: NotNegative,
        /// Remote off.
        off_ma: NotNegative,
        /// Remote off where that floats all outputs, or switches all off.
        all_off_ma: NotNegative,
        /// 1 when it is supplied from the alternator port, 0 from the batteries.
        supplied_by_alternator_port: Flag,
    }
}

amounts! {
    /// The fuse in the supply of a BMS.
    SupplyFuseAmounts {
        /// The one that is fitted.
        supply_fuse_ma: Positive,
        /// The smallest that its manual allows …
        smallest_supply_fuse_ma: Positive,
        /// … and the largest.
        largest_supply_fuse_ma: Positive,
        /// By how much it must exceed what the BMS and its outputs take.
        supply_fuse_factor: Multiple,
    }
}

amounts! {
    /// Where a BMS stands.
    BmsAmbientAmounts {
        /// Temperature around it, which is its own as well.
        ambient_temperature_c: Ambient,
        /// The lowest at which it may be.
        lowest_temperature_c: Ambient,
        /// The highest at which it may be; above it the BMS is too hot.
        highest_temperature_c: Ambient,
    }
}

amounts! {
    /// What an update of its firmware does to a BMS.
    UpdateAmounts {
        /// Loads stay on for this long after it broke off.
        update_grace_s: NotNegative,
    }
}

amounts! {
    /// The largest bank that a BMS may serve.
    BankAmounts {
        /// Batteries in all.
        most_batteries: Count,
        /// Energy at 12 V; 0 when it is not made for 12 V, and so on.
        most_energy_12_v_kwh: NotNegative,
        /// Energy at 24 V.
        most_energy_24_v_kwh: NotNegative,
        /// Energy at 48 V.
        most_energy_48_v_kwh: NotNegative,
    }
}

amounts! {
    /// What a BMS does with the state of charge.
    ChargeAmounts {
        /// At or below this charge loads are disconnected at once; 0 switches it off.
        discharge_floor_pct: Share,
        /// At or below this charge it warns.
        low_soc_warning_pct: Share,
        /// By how much the charge must come back.
        soc_hysteresis_pct: Efficiency,
        /// At or above this voltage of a battery of 12.8 V, as often as the bank has one in series …
        charged_voltage_v: Positive,
        /// … and below this charge current, as a share of the capacity per hour …
        tail_current_pct: Share,
        /// … for this long the bank counts as full.
        charged_time_s: Positive,
        /// Cells that differ by no more than this when the bank is full are balanced.
        balanced_within_mv: Positive,
        /// What a full charge has shown of the balance is known for this long.
        full_charge_memory_s: Positive,
    }
}

amounts! {
    /// A port through which an alternator charges the bank.
    AlternatorPortAmounts {
        /// The path closes above this voltage at the port.
        alternator_on_above_v: Positive,
        /// After it has opened it stays open for this long.
        alternator_pause_s: NotNegative,
        /// Closed resistance.
        alternator_path_mohm: Positive,
        /// Bank voltage at which charging is interrupted …
        charge_limit_v: Positive,
        /// … which may be set from …
        charge_limit_lowest_v: Positive,
        /// … to.
        charge_limit_highest_v: Positive,
        /// By how much below it the bank must be …
        charge_resume_below_limit_v: Positive,
        /// … for this long.
        charge_resume_time_s: NotNegative,
        /// The fuse that is fitted, and is the shunt.
        fitted_fuse_a: Positive,
        /// How many of them in parallel.
        fitted_fuse_count: Count,
        /// The fuse that it is set to.
        set_fuse_a: Positive,
        /// How many of them.
        set_fuse_count: Count,
    }
}

/// Its alternator port.
const PORT: &str = "alternator_port";

/// A BMS outside of the batteries.
pub const EXTERNAL_BMS: PartKind = PartKind {
    name: "external-bms",
    doc: "A BMS outside of the batteries.",
    ends: &["from", "to"],
    through: Through::Port(PORT),
    at_ground: Some((1, "a BMS goes from battery plus to `ground`")),
    draws: |_, _| Some(Quiescent { key: "low_ma", called: "" }),
    draws_at: |part| {
        usize::from(
            part.amount("supplied_by_alternator_port").is_some_and(|own| !own.is_yes())
                && part.has_group(PORT),
        )
    },
    fits: true,
    groups: &[
        GroupKey {
            key: "outputs",
            doc: "Load disconnect, charge disconnect, pre-alarm.",
            amounts: OutputAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "alarms",
            doc: "When it acts.",
            amounts: BmsAlarmAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "remote",
            doc: "Its remote on/off.",
            amounts: RemoteTerminalAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "consumption",
            doc: "What it takes for itself.",
            amounts: ConsumptionAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "supply_fuse",
            doc: "The fuse in its own supply.",
            amounts: SupplyFuseAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "ambient",
            doc: "Where it stands, and where it may.",
            amounts: BmsAmbientAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "bank",
            doc: "The largest bank that it may serve.",
            amounts: BankAmounts::KEYS,
            is_optional: false,
        },
        GroupKey {
            key: "charge",
            doc: "What it does with the state of charge; absent when it knows none.",
            amounts: ChargeAmounts::KEYS,
            is_optional: true,
        },
        GroupKey {
            key: "update",
            doc: "What an update of its firmware does; absent when nothing is said of one.",
            amounts: UpdateAmounts::KEYS,
            is_optional: true,
        },
        GroupKey {
            key: "alternator_port",
            doc: "Its alternator port, if it has one.",
            amounts: AlternatorPortAmounts::KEYS,
            is_optional: true,
        },
    ],
    levels: &[
        Levels::below("lowest_supply_v", "highest_supply_v"),
        Levels::below("lowest_allowed_v", "highest_allowed_v"),
        Levels::up_to("lowest_supply_v", "lowest_allowed_v"),
        Levels::up_to("highest_allowed_v", "highest_supply_v"),
        Levels::below("lowest_temperature_c", "highest_temperature_c"),
        Levels::up_to("smallest_supply_fuse_ma", "largest_supply_fuse_ma"),
    ],
    rows: &[
        RowsKey {
            key: "fuse_limits",
            doc: "Where it holds the alternator's current, by the fuse that is set.",
            columns: &[
                ColumnKey {
                    key: "fuse_a",
                    doc: "Rating of one fuse.",
                    of: ColumnOf::Number(ParameterRange::Positive),
                },
                ColumnKey {
                    key: "fuse_count",
                    doc: "How many of them in parallel.",
                    of: ColumnOf::Number(ParameterRange::Count),
                },
                ColumnKey {
                    key: "limit_a",
                    doc: "Where the current is held.",
                    of: ColumnOf::Number(ParameterRange::Positive),
                },
            ],
        },
        RowsKey {
            key: "codes",
            doc: "Which code it shows, the first that applies; absent when it has none.",
            columns: &[
                ColumnKey {
                    key: "when",
                    doc: "When it is shown.",
                    of: ColumnOf::Word(&Condition::NAMES),
                },
                ColumnKey { key: "code", doc: "What is shown (`A-B01`).", of: ColumnOf::Text },
            ],
        },
        RowsKey {
            key: "lamps",
            doc: "Its lamps, each by the first of its rows that applies; dark where none does, and without supply.",
            columns: &[
                ColumnKey {
                    key: "lamp",
                    doc: "What it is called (`error`): the signal is `error_lamp`.",
                    of: ColumnOf::Text,
                },
                ColumnKey {
                    key: "when",
                    doc: "When it is lit.",
                    of: ColumnOf::Word(&LampReason::NAMES),
                },
                ColumnKey { key: "shows", doc: "How.", of: ColumnOf::Word(&LampLight::LIT) },
            ],
        },
    ],
    mistakes: |part| {
        let mut mistakes = port_mistakes(part);
        mistakes.extend(lamp_mistakes(part));
        mistakes
    },
    control: |_| Some("control"),
    same: same::<ExternalBms>,
    ..PartKind::NONE
};

impl OfPart for ExternalBms {
    const KIND: &'static PartKind = &EXTERNAL_BMS;

    fn of(part: &Part) -> Option<Self> {
        let outputs: OutputAmounts = part.group("outputs")?;
        let alarms: BmsAlarmAmounts = part.group("alarms")?;
        let remote: RemoteTerminalAmounts = part.group("remote")?;
        let consumption: ConsumptionAmounts = part.group("consumption")?;
        let fuse: SupplyFuseAmounts = part.group("supply_fuse")?;
        let bank: BankAmounts = part.group("bank")?;
        let ambient = ambient(part)?;
        let &[from, to] = &part.ends[..] else { return None };
        let stage = |rating: Amount, protected: Amount, drop: Amount| OutputStage {
            rating: rating.amperes(),
            protected: protected.is_yes(),
            drop: drop.volts(),
        };
        let drop = outputs.output_drop_v;
        Some(Self {
            from,
            to,
            outputs: [
                stage(outputs.load_output_ma, outputs.load_output_protected, drop),
                stage(outputs.charge_output_ma, outputs.charge_output_protected, drop),
                stage(
                    outputs.pre_alarm_output_ma,
                    outputs.pre_alarm_output_protected,
                    outputs.pre_alarm_drop_v,
                ),
            ],
            rules: rules(part, &alarms, &remote, ambient),
            period: alarms.supply_period_ms.time(),
            remote_joined: remote.remote_joined.is_yes(),
            consumption: [
                consumption.on_ma,
                consumption.low_ma,
                consumption.off_ma,
                consumption.all_off_ma,
            ]
            .map(Amount::amperes),
            supply_fuse: SupplyFuse {
                fitted: fuse.supply_fuse_ma.amperes(),
                allowed: (
                    fuse.smallest_supply_fuse_ma.amperes(),
                    fuse.largest_supply_fuse_ma.amperes(),
                ),
                factor: fuse.supply_fuse_factor.plain(),
            },
            supplied_by_alternator: consumption.supplied_by_alternator_port.is_yes(),
            most_batteries: bank.most_batteries.count(),
            most_energy_wh: [
                bank.most_energy_12_v_kwh,
                bank.most_energy_24_v_kwh,
                bank.most_energy_48_v_kwh,
            ]
            .map(Amount::plain),
            alternator: part.group(PORT).map(|port| alternator_port(part, &port)),
            lamps: lamps(part),
            ambient,
        })
    }
}

/// Where it stands.
fn ambient(part: &Part) -> Option<BmsAmbient> {
    let amounts: BmsAmbientAmounts = part.group("ambient")?;
    let celsius = |amount: Amount| Celsius(amount.plain());
    Some(BmsAmbient {
        now: celsius(amounts.ambient_temperature_c),
        allowed: (celsius(amounts.lowest_temperature_c), celsius(amounts.highest_temperature_c)),
    })
}

/// Its lamps, in the order of their first rows.
fn lamps(part: &Part) -> Vec<BmsLamp> {
    let mut lamps: Vec<BmsLamp> = Vec::new();
    for row in part.rows("lamps") {
        let [name, when, shows] = &row[..] else { continue };
        let found = LampReason::find(when.text()).zip(LampLight::find(shows.text()));
        let Some(found) = found else { continue };
        match lamps.iter_mut().find(|one| one.name == name.text()) {
            Some(lamp) => lamp.rows.push(found),
            None => lamps.push(BmsLamp { name: name.text().to_owned(), rows: vec![found] }),
        }
    }
    lamps
}

/// A lamp whose name makes no signal.
fn lamp_mistakes(part: &Part) -> Vec<PartMistake> {
    let is_word = |name: &str| {
        let fits = |one: char| matches!(one, 'a'..='z' | '0'..='9' | '-');
        name.starts_with(|one: char| one.is_ascii_lowercase()) && name.chars().all(fits)
    };
    let of = |lamp: BmsLamp| PartMistake {
        key: "lamps".to_owned(),
        code: Code::BadName,
        message: format!("`{}` is no name of a lamp", lamp.name),
        label: "expected small letters, digits and hyphens",
        help: "its signal is that name with `_lamp` behind it, and `_` for each hyphen",
    };
    lamps(part).into_iter().filter(|lamp| !is_word(&lamp.name)).map(of).collect()
}

/// What it is set to, in a bank of one battery of four cells with which nothing is wrong.
fn rules(
    part: &Part,
    alarms: &BmsAlarmAmounts,
    remote: &RemoteTerminalAmounts,
    ambient: BmsAmbient,
) -> BmsRules {
    let codes = part.rows("codes").iter();
    BmsRules {
        pre_alarm_lead: alarms.pre_alarm_lead_s.time(),
        stops_charge_when_cold: alarms.stops_charge_when_cold.is_yes(),
        supply_window: (alarms.lowest_supply_v.volts(), alarms.highest_supply_v.volts()),
        allowed_window: (alarms.lowest_allowed_v.volts(), alarms.highest_allowed_v.volts()),
        expects_pre_alarm: alarms.expects_pre_alarm.is_yes(),
        valid_bank: true,
        own_heat: ambient.is_too_hot(),
        update_grace: part.group("update").map(|one: UpdateAmounts| one.update_grace_s.time()),
        remote: RemoteTerminalRules {
            l_below: remote.remote_l_below_v.volts(),
            h_above: remote.remote_h_above_v.volts(),
            disables_all: remote.remote_disables_all.is_yes(),
        },
        charge: part.group("charge").map(|charge: ChargeAmounts| ChargeRules {
            floor: charge.discharge_floor_pct.fraction(),
            warning: charge.low_soc_warning_pct.fraction(),
            hysteresis: charge.soc_hysteresis_pct.fraction(),
            charged_voltage: charge.charged_voltage_v.volts(),
            tail: charge.tail_current_pct.fraction(),
            charged_time: charge.charged_time_s.time(),
            balanced_within: charge.balanced_within_mv.volts(),
            full_charge_memory: charge.full_charge_memory_s.time(),
        }),
        codes: codes
            .filter_map(|row| Some((Condition::find(row.first()?.text())?, row.get(1)?.text())))
            .map(|(condition, code)| (condition, code.to_owned()))
            .collect(),
    }
}

/// Rating of one, and how many.
type Fuses = (Amperes, usize);

/// Where the table holds the current for the fuse that is set.
fn limit(part: &Part, set: Fuses) -> Option<Amperes> {
    let mut rows = part.rows("fuse_limits").iter().filter_map(|row| match &row[..] {
        [fuse, count, limit] => Some((fuse.number(), count.number(), limit.number())),
        _ => None,
    });
    rows.find(|row| (row.0.amperes(), row.1.count()) == set).map(|row| row.2.amperes())
}

impl AlternatorPortAmounts {
    fn fitted(&self) -> Fuses {
        (self.fitted_fuse_a.amperes(), self.fitted_fuse_count.count())
    }

    fn set(&self) -> Fuses {
        (self.set_fuse_a.amperes(), self.set_fuse_count.count())
    }
}

/// The port, with its limit from the table: the shunt is the fitted fuse, whose voltage is read as that of
/// the set one, and resistances of fuses go as the inverse of their rating.
fn alternator_port(part: &Part, port: &AlternatorPortAmounts) -> AlternatorPort {
    let (fitted, set) = (port.fitted(), port.set());
    let total = |(rating, count): Fuses| rating.0 * count as f64;
    let highest = port.charge_limit_v.volts();
    AlternatorPort {
        rules: AlternatorRules {
            on_above: port.alternator_on_above_v.volts(),
            pause: port.alternator_pause_s.time(),
            charge_limit: highest,
            charge_resume: highest - port.charge_resume_below_limit_v.volts(),
            resume_time: port.charge_resume_time_s.time(),
        },
        resistance: port.alternator_path_mohm.ohms(),
        current_limit: limit(part, set).unwrap_or(Amperes(0.0)) * (total(fitted) / total(set)),
        fitted,
        set,
    }
}

/// A charge limit that cannot be set, a fuse that the table does not have.
fn port_mistakes(part: &Part) -> Vec<PartMistake> {
    let Some(port) = part.group::<AlternatorPortAmounts>(PORT) else { return Vec::new() };
    let mut mistakes = Vec::new();
    let (limit_now, lowest, highest) = (
        port.charge_limit_v.plain(),
        port.charge_limit_lowest_v.plain(),
        port.charge_limit_highest_v.plain(),
    );
    if limit_now < lowest || limit_now > highest {
        mistakes.push(PartMistake {
            key: "charge_limit_v".to_owned(),
            code: Code::OutOfRange,
            message: format!(
                "`charge_limit_v` cannot be {limit_now}: it may be set from {lowest} to {highest}"
            ),
            label: "beyond what may be set",
            help: "`charge_limit_lowest_v` and `charge_limit_highest_v` are in the device file",
        });
    }
    let set = port.set();
    if limit(part, set).is_none() {
        mistakes.push(PartMistake {
            key: "set_fuse_a".to_owned(),
            code: Code::OutOfRange,
            message: format!("no limit is known for {} fuses of {}", set.1, set.0),
            label: "expected a row of `fuse_limits`",
            help: "the fuse that is set decides where the current is held",
        });
    }
    mistakes
}

//! Scenario, system, device, rig and facts files: parse, resolve, validate, point at the mistake.
//!
//! A file goes through four stages, and every stage says all that it finds:
//! 1. `syntax`: strict JSON with the place of every value, within stated limits;
//! 2. `shape`: held against the schema that is generated from the file's own type;
//! 3. `resolve`: names followed, units converted, ranges checked, what the scenario sets applied;
//! 4. signals: which exist is known only to the spawned world, which asks for
//!    [`Resolved::signal_refs`] and complains through [`Diagnostics`].
//!
//! What comes out knows no file any more: [`System`] is plain SI, with [`Provenance`] beside it.
//! This crate runs nothing and knows no physics beyond the sign and range of a number.

mod action;
pub mod assembly_file;
mod backup_box;
mod bms_lamp;
mod can_fault;
mod check_entry;
mod code;
mod convert;
mod dc_model;
pub mod device_file;
mod diagnostic;
mod emulation;
mod event_entry;
mod excerpt;
mod external_bms;
mod facts;
pub mod facts_file;
mod graph;
pub mod kinds;
mod levels;
mod library;
mod mapping;
mod mapping_check;
mod mapping_unit;
mod nearest;
mod open_circuit;
mod pack;
pub mod parameter_entry;
mod part;
mod paths;
mod pin_names;
mod protection_name;
pub mod range;
mod reading_fault;
mod resolve;
mod resolved;
mod rig;
mod rig_clock;
pub mod rig_file;
pub mod rig_mapping_file;
pub mod role_entry;
mod role_readings;
mod roles;
mod rule_name;
mod rule_subject;
mod scenario_file;
mod schema;
mod search;
pub mod shape;
mod signal_ref;
mod syntax;
pub mod system_file;
mod transport;
mod unit;

pub use action::{Action, RemoteWiring, ScenarioEvent, UpdateState};
pub use backup_box::*;
pub use bms_lamp::{BmsLamp, LampLight, LampReason};
pub use can_fault::{CanDisturbance, CanFault, CanFaultEntry, CanWay};
pub use check_entry::*;
pub use code::Code;
pub use convert::{Converted, convert};
pub use dc_model::*;
pub use diagnostic::{Diagnostics, Place, Problem, SourceFile};
pub use emulation::{Emulation, EmulationEntry, EmulationKind};
pub use event_entry::*;
pub use external_bms::*;
pub use facts::{FACTS_FILE, Facts};
pub use facts_file::{Fact, FactKind, Passage};
pub use graph::{Connection, Graph, Nodes, Via};
pub use kinds::OfPart;
pub use kinds::ac_contacts::AcContacts;
pub use kinds::backup_box::{
    BackupBox, BoxMeter, CouplingScheme, Installation, ReturnRules, ShedRules, SupervisionRules,
};
pub use kinds::battery_module::{BatteryModule, Monitor};
pub use kinds::cable::Cable;
pub use kinds::dc_load::DcLoad;
pub use kinds::dc_source::{DcSource, Regulation};
pub use kinds::diode::Diode;
pub use kinds::fuse::Fuse;
pub use kinds::grid::Grid;
pub use kinds::inverter::{Eco, Inverter};
pub use kinds::load::{Duty, Load};
pub use kinds::port_rating::PortRating;
pub use kinds::remote_cable::RemoteCable;
pub use kinds::remote_input::RemoteInput;
pub use kinds::remote_switch::{ClosingRules, RemoteSwitch};
pub use kinds::transfer_switch::{TransferRules, TransferSwitch};
pub use library::{FileKind, Library};
pub use mapping::{
    MappedMessage, MappedSignal, Mapping, MappingFile, Meaning, Schedule, Traffic, Turn, Without,
};
pub use open_circuit::open_circuit;
pub use pack::{Flow, Pack};
pub use part::{AssembledRole, Link, Part, PinTarget, RoleClaim, RolePin, RowValue};
pub use paths::{FeedPath, WirePath};
pub use protection_name::ProtectionName;
pub use reading_fault::{ReadingDisturbance, ReadingFault, ReadingFaultEntry};
pub use resolve::{LogFile, Resolved};
pub use resolved::*;
pub use rig::{Binding, Rig};
pub use rig_clock::{RigClock, TimingBudget};
pub use role_readings::RoleReading;
pub use roles::RoleError;
pub use rule_name::RuleName;
pub use scenario_file::*;
pub use schema::schemas;
pub use signal_ref::{SignalRef, WantedSignal};
pub use transport::Transport;
pub use unit::Amount;

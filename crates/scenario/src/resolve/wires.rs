//! What connects controllers: remote control wires, and the cables from a BMS to its batteries.

use super::Resolver;
use super::system::member_places;
use crate::code::Code;
use crate::dc_model::Wire;
use crate::diagnostic::{Place, Problem};
use crate::external_bms::{BmsCable, BmsOutput, ExternalBms};
use crate::kinds::OfPart;
use crate::kinds::battery_module::BatteryModule;
use crate::kinds::remote_cable::RemoteCable;
use crate::part::Part;
use crate::resolved::Device;
use crate::syntax::Document;
use crate::system_file::SystemFile;

fn is_of<V: OfPart>(model: &Part) -> bool {
    model.kind.name == V::KIND.name
}

fn is_cable(model: &Part) -> bool {
    is_of::<RemoteCable>(model)
}

/// A battery that tells a BMS.
fn hears(model: &Part) -> bool {
    is_of::<BatteryModule>(model) && (model.kind.control)(model).is_some()
}

impl Resolver<'_> {
    /// Every wire; each cable of the system must be one.
    pub fn wires(
        &mut self,
        document: &Document,
        file: &SystemFile,
        devices: &[Device],
    ) -> Vec<Wire> {
        let mut wires = Vec::new();
        for (id, entry) in &file.wires {
            let (key_place, _) = member_places(document, &["wires"], id);
            let cable = self.part(file, devices, id, key_place, "a remote cable", is_cable);
            let from = document.place_of(&["wires", id, "from"]);
            let source = self.output(file, devices, &entry.from, from);
            let to = document.place_of(&["wires", id, "to"]);
            let has_input = |model: &Part| model.remote_input().is_some();
            let sink =
                self.part(file, devices, &entry.to, to, "a device with a remote input", has_input);
            if let (Some(cable), Some((source, output)), Some(sink)) = (cable, source, sink) {
                wires.push(Wire { cable, source, output, sink });
            }
        }
        for device in devices {
            if is_cable(&device.model) && !file.wires.contains_key(&device.id) {
                let message = format!("`{}` connects nothing: it is no wire", device.id);
                let place = document.place_of(&["instances", &device.id]);
                let problem = Problem::at(place, Code::Unconnected, message);
                self.complain(
                    problem.label(format!("expected an entry `{}` of `wires`", device.id)),
                );
            }
        }
        wires
    }

    /// `bms-1.load`: a BMS and one of its outputs.
    fn output(
        &mut self,
        file: &SystemFile,
        devices: &[Device],
        name: &str,
        place: Place,
    ) -> Option<(usize, BmsOutput)> {
        let (id, output) = name.rsplit_once('.').unwrap_or((name, ""));
        let bms =
            self.part(file, devices, id, place.clone(), "an external BMS", is_of::<ExternalBms>)?;
        let known = BmsOutput::ALL.into_iter().find(|one| one.name() == output);
        if known.is_none() {
            let message = format!("a BMS has no output `{output}`");
            let problem = Problem::at(place, Code::UnknownWord, message).label("unknown output");
            self.complain(problem.suggest(output, BmsOutput::ALL.map(BmsOutput::name)));
        }
        known.map(|output| (bms, output))
    }

    /// Every BMS with the batteries that it hears.
    pub fn bms_cables(
        &mut self,
        document: &Document,
        file: &SystemFile,
        devices: &[Device],
    ) -> Vec<BmsCable> {
        let mut cables: Vec<BmsCable> = Vec::new();
        for (id, names) in &file.bms_cables {
            let (key_place, list_place) = member_places(document, &["bms_cables"], id);
            let bms =
                self.part(file, devices, id, key_place, "an external BMS", is_of::<ExternalBms>);
            let mut modules = Vec::new();
            for name in names {
                let expected = "a battery module with a monitor";
                let place = list_place.clone();
                let Some(module) = self.part(file, devices, name, place.clone(), expected, hears)
                else {
                    continue;
                };
                let heard = cables.iter().any(|other| other.modules.contains(&module));
                if heard || modules.contains(&module) {
                    let message = format!("`{name}` is heard twice");
                    let problem = Problem::at(place, Code::DuplicateId, message);
                    self.complain(problem.label("second time"));
                }
                modules.push(module);
            }
            cables.extend(bms.map(|bms| BmsCable { bms, modules }));
        }
        cables
    }

    /// An instance of the right kind.
    pub(super) fn part(
        &mut self,
        file: &SystemFile,
        devices: &[Device],
        id: &str,
        place: Place,
        expected: &str,
        is_right: impl Fn(&Part) -> bool,
    ) -> Option<usize> {
        let Some(index) = devices.iter().position(|device| device.id == id) else {
            // What could not be read has been complained about.
            if !file.instances.contains_key(id) {
                let known = devices.iter().map(|device| device.id.as_str());
                self.unknown_instance(id, place, known);
            }
            return None;
        };
        if !is_right(&devices[index].model) {
            let message = format!("`{id}` is {}", devices[index].model.type_name());
            let problem = Problem::at(place, Code::WrongDevice, message);
            self.complain(problem.label(format!("expected {expected}")));
            return None;
        }
        Some(index)
    }
}

//! What is fed from which AC source, and on which of its phases.

use super::Resolver;
use super::links::scope_of;
use super::system::member_places;
use crate::backup_box::Phase;
use crate::code::Code;
use crate::diagnostic::{Place, Problem};
use crate::kinds::AcPlace;
use crate::kinds::backup_box::BackupBox;
use crate::part::Part;
use crate::resolved::{AcInput, Device, Feed, System};
use crate::syntax::Document;
use crate::system_file::SystemFile;

/// What may be an end of a feed.
const FED: &str = "loads, batteries and inputs of switches on a grid, an inverter, a transfer switch or a backup box";

/// What a device is on the AC side. Batteries with a charger of their own are fed as loads are.
fn ac_place(model: &Part) -> AcPlace {
    model.kind.ac
}

fn is_device(devices: &[Device], name: &str) -> bool {
    devices.iter().any(|device| device.id == name)
}

/// What of an assembly is fed from outside.
fn fed_within<'d>(devices: &'d [Device], assembly: &str) -> Option<&'d str> {
    let is_own = |device: &&Device| scope_of(&device.id) == assembly;
    let is_load = |device: &&Device| device.model.kind.ac == AcPlace::Load;
    let mut fed = devices.iter().filter(is_own).filter(is_load);
    fed.next().map(|device| device.id.as_str())
}

impl Resolver<'_> {
    /// Every feed of the file whose ends are there.
    pub fn feeds(
        &mut self,
        document: &Document,
        file: &SystemFile,
        devices: &[Device],
    ) -> Vec<Feed> {
        let mut feeds: Vec<Feed> = Vec::new();
        for (id, sinks) in &file.feeds {
            let (key_place, list_place) = member_places(document, &["feeds"], id);
            let source = self.tap(file, devices, id, key_place);
            let list = document.root.get("feeds").and_then(|feeds| feeds.get(id));
            let elements = list.map_or(&[][..], |list| list.elements());
            for (k, name) in sinks.iter().enumerate() {
                let element = elements.get(k).map(|value| document.place(value.span.clone()));
                let place = element.unwrap_or_else(|| list_place.clone());
                let sink = self.sink(file, devices, name, place.clone());
                let (Some((source, phase)), Some((sink, input))) = (source, sink) else {
                    continue;
                };
                let feed = Feed { source, phase, sink, input };
                self.check_feed(&feeds, feed, devices, name, place);
                feeds.push(feed);
            }
        }
        feeds
    }

    /// An AC source by its name, or one phase of a source with three (`box-1.l2`).
    fn tap(
        &mut self,
        file: &SystemFile,
        devices: &[Device],
        name: &str,
        place: Place,
    ) -> Option<(usize, Option<Phase>)> {
        let (id, phase) = match name.rsplit_once('.').filter(|_| !is_device(devices, name)) {
            Some((id, phase)) => (id, Some(phase)),
            None => (name, None),
        };
        let source = self.part(file, devices, id, place.clone(), FED, |model| {
            matches!(ac_place(model), AcPlace::Source | AcPlace::Switch)
        })?;
        let Some(phase) = phase else { return Some((source, None)) };
        if !devices[source].model.is_three_phase() {
            let message = format!("`{id}` has one phase only");
            let problem = Problem::at(place, Code::WrongDevice, message);
            self.complain(problem.label(format!("expected `{id}`")));
            return None;
        }
        let known = Phase::ALL.into_iter().find(|one| one.name() == phase);
        if known.is_none() {
            let message = format!("there is no phase `{phase}`");
            let problem = Problem::at(place, Code::UnknownWord, message).label("unknown phase");
            self.complain(problem.suggest(phase, Phase::ALL.map(Phase::name)));
        }
        known.map(|phase| (source, Some(phase)))
    }

    /// A load or a battery by its name, or the input of a transfer switch (`ats-1.grid`).
    fn sink(
        &mut self,
        file: &SystemFile,
        devices: &[Device],
        name: &str,
        place: Place,
    ) -> Option<(usize, Option<AcInput>)> {
        let Some((id, input)) = name.rsplit_once('.').filter(|_| !is_device(devices, name)) else {
            let is_sink = |model: &Part| ac_place(model) == AcPlace::Load;
            let within = fed_within(devices, name);
            let name = within.unwrap_or(name);
            let sink = self.part(file, devices, name, place, FED, is_sink)?;
            return Some((sink, None));
        };
        let is_switch = |model: &Part| ac_place(model) == AcPlace::Switch;
        let switch = self.part(file, devices, id, place.clone(), FED, is_switch)?;
        let known = AcInput::ALL.into_iter().find(|one| one.name() == input);
        if known.is_none() {
            let message = format!("a transfer switch has no input `{input}`");
            let problem = Problem::at(place, Code::UnknownWord, message).label("unknown input");
            self.complain(problem.suggest(input, AcInput::ALL.map(AcInput::name)));
        }
        known.map(|input| (switch, Some(input)))
    }

    /// Nothing is fed from two sources, and no transfer switch from another: its output could then feed
    /// itself.
    fn check_feed(
        &mut self,
        feeds: &[Feed],
        feed: Feed,
        devices: &[Device],
        name: &str,
        place: Place,
    ) {
        if feeds.iter().any(|other| (other.sink, other.input) == (feed.sink, feed.input)) {
            let message = format!("`{name}` is fed from two sources");
            let problem = Problem::at(place, Code::DuplicateId, message);
            self.complain(problem.label("second time"));
        } else if feed.input.is_some() && ac_place(&devices[feed.source].model) == AcPlace::Switch {
            let message = format!("`{name}` is fed from another transfer switch");
            let problem = Problem::at(place, Code::WrongDevice, message);
            self.complain(problem.label("expected a grid or an inverter as its source"));
        } else if feed.phase.is_none()
            && devices[feed.source].model.is_three_phase()
            && ac_place(&devices[feed.sink].model) == AcPlace::Switch
            && !devices[feed.sink].model.is_three_phase()
        {
            let source = &devices[feed.source].id;
            let message = format!("`{name}` has one phase, `{source}` has three");
            let problem = Problem::at(place, Code::Unconnected, message);
            self.complain(problem.label(format!("expected it below `{source}.l1`, for example")));
        }
    }

    /// Load management by charge needs a battery whose charge the box hears.
    pub fn check_storages(&mut self, document: &Document, system: &System) {
        for (index, device) in system.devices.iter().enumerate() {
            let Some(backup_box) = device.of_kind::<BackupBox>() else { continue };
            if backup_box.load_management.is_some() && system.storage_battery(index).is_none() {
                let message =
                    format!("`{}` manages its loads by charge and hears no battery", device.id);
                let place = document.place_of(&["instances", &device.id]);
                let problem = Problem::at(place, Code::Unconnected, message);
                self.complain(problem.label(format!(
                    "expected an inverter with a battery on `{}.inverter`",
                    device.id
                )));
            }
        }
    }
}

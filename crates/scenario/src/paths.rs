//! What connects the devices of a system, by their paths: who builds a system needs no index into it.

use crate::backup_box::Phase;
use crate::external_bms::BmsOutput;
use crate::resolved::{AcInput, System};

/// An AC source and one thing that is fed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedPath<'s> {
    /// The source.
    pub source: &'s str,
    /// Which phase of a source with three; all of them when absent.
    pub phase: Option<Phase>,
    /// What is fed.
    pub sink: &'s str,
    /// Which input, of what changes over.
    pub input: Option<AcInput>,
}

/// A wire from an output of a BMS to a remote input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WirePath<'s> {
    /// The remote cable.
    pub cable: &'s str,
    /// The BMS …
    pub source: &'s str,
    /// … and which of its outputs.
    pub output: BmsOutput,
    /// What has the remote input.
    pub sink: &'s str,
}

impl System {
    fn path(&self, index: usize) -> &str {
        &self.devices[index].id
    }

    /// Every feed.
    pub fn feed_paths(&self) -> impl Iterator<Item = FeedPath<'_>> {
        self.feeds.iter().map(|feed| FeedPath {
            source: self.path(feed.source),
            phase: feed.phase,
            sink: self.path(feed.sink),
            input: feed.input,
        })
    }

    /// Every wire.
    pub fn wire_paths(&self) -> impl Iterator<Item = WirePath<'_>> {
        self.wires.iter().map(|wire| WirePath {
            cable: self.path(wire.cable),
            source: self.path(wire.source),
            output: wire.output,
            sink: self.path(wire.sink),
        })
    }

    /// Every BMS that hears batteries, with these.
    pub fn hearing(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let batteries = |all: &[usize]| all.iter().map(|&one| self.path(one)).collect();
        self.bms_cables.iter().map(move |cable| (self.path(cable.bms), batteries(&cable.modules)))
    }

    /// The battery whose state of charge a backup box hears.
    pub fn heard_storage(&self, backup_box: &str) -> Option<&str> {
        self.storage_battery(self.device(backup_box)?).map(|battery| self.path(battery))
    }
}

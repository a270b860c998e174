//! A record of bus logging, as a frame.

use blackstart_units::SimTime;

use super::channel::Mf4Channel;
use crate::can::error_frame::ErrorFrame;
use crate::can::frame::{CanFrame, DataFrame, FdFlags, MAX_CLASSIC_BYTES, RemoteFrame, fd_length};
use crate::can::id::{CanId, MAX_STANDARD_ID};
use crate::can::log::{FrameDirection, LogErrorKind, LogRecord};

/// Of an identifier: it has 29 bits, in files that have no channel for that.
const EXTENDED: u64 = 1 << 31;
const ID_BITS: u64 = 0x1FFF_FFFF;

/// What the records of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Data,
    Remote,
    Error,
}

/// A group of frames: which channel says what.
#[derive(Clone, Debug)]
pub(super) struct Mf4FrameGroup {
    sort: Sort,
    time: Mf4Channel,
    channels: Vec<Mf4Channel>,
    /// Nanoseconds since 1970.
    start: u64,
}

impl Mf4FrameGroup {
    /// `None` of a group that has no frames, or no time.
    pub fn of(channels: Vec<Mf4Channel>, start: u64) -> Option<Self> {
        let begins = |prefix: &str| channels.iter().any(|one| one.name.starts_with(prefix));
        let sort = if begins("CAN_DataFrame") {
            Sort::Data
        } else if begins("CAN_RemoteFrame") {
            Sort::Remote
        } else if begins("CAN_ErrorFrame") {
            Sort::Error
        } else {
            return None;
        };
        let time = channels.iter().find(|one| one.is_master)?.clone();
        Some(Self { sort, time, channels, start })
    }

    /// Its channels, to be given their values.
    pub fn channels_mut(&mut self) -> &mut [Mf4Channel] {
        &mut self.channels
    }

    fn channel(&self, name: &str) -> Option<&Mf4Channel> {
        self.channels.iter().find(|one| one.name.rsplit('.').next() == Some(name))
    }

    fn count(&self, name: &str, record: &[u8]) -> Option<u64> {
        self.channel(name)?.count(record)
    }

    fn is_set(&self, name: &str, record: &[u8]) -> bool {
        self.count(name, record).is_some_and(|count| count != 0)
    }

    /// The frame of a record.
    pub fn frame(&self, record: &[u8]) -> Result<LogRecord, LogErrorKind> {
        let since = self.time.nanos(record).ok_or(LogErrorKind::Stamp)?;
        let at = self
            .start
            .checked_add_signed(since)
            .map(SimTime::from_nanos)
            .ok_or(LogErrorKind::Stamp)?;
        let channel = self.count("BusChannel", record).unwrap_or(0).to_string();
        let way = self.channel("Dir").and_then(|channel| channel.says_sent(record));
        let way = way.map(|sent| if sent { FrameDirection::Tx } else { FrameDirection::Rx });
        let (direction, frame) = match self.sort {
            Sort::Error => (None, ErrorFrame::UNSPECIFIED.into()),
            Sort::Remote => {
                let asked = self.count("DLC", record).or_else(|| self.count("DataLength", record));
                let dlc = asked.map_or(0, |dlc| dlc.min(MAX_CLASSIC_BYTES as u64)) as u8;
                let frame = RemoteFrame::new(self.id(record)?, dlc).ok_or(LogErrorKind::Data)?;
                (way, frame.into())
            }
            Sort::Data => (way, self.data(record)?),
        };
        Ok(LogRecord { at, channel, direction, frame })
    }

    fn data(&self, record: &[u8]) -> Result<CanFrame, LogErrorKind> {
        let id = self.id(record)?;
        let bytes = self.channel("DataBytes").and_then(|channel| channel.bytes(record));
        let bytes = bytes.ok_or(LogErrorKind::Data)?;
        let is_fd = match self.channel("EDL") {
            Some(channel) => channel.count(record) == Some(1),
            None => bytes.len() > MAX_CLASSIC_BYTES && self.count("DLC", record) > Some(8),
        };
        let coded = |dlc: u64| match u8::try_from(dlc).ok().and_then(fd_length) {
            Some(length) if is_fd => length as u64,
            _ => dlc.min(MAX_CLASSIC_BYTES as u64),
        };
        let length =
            self.count("DataLength", record).or_else(|| self.count("DLC", record).map(coded));
        let length =
            length.map_or(bytes.len(), |length| usize::try_from(length).unwrap_or(usize::MAX));
        let data = bytes.get(..length).ok_or(LogErrorKind::Data)?;
        let frame = if is_fd {
            let flags = FdFlags {
                bit_rate_switch: self.is_set("BRS", record),
                error_state: self.is_set("ESI", record),
            };
            DataFrame::fd(id, data, flags)
        } else {
            DataFrame::classic(id, data)
        };
        frame.map(CanFrame::from).ok_or(LogErrorKind::Data)
    }

    fn id(&self, record: &[u8]) -> Result<CanId, LogErrorKind> {
        let written = self.count("ID", record).ok_or(LogErrorKind::Id)?;
        let number = (written & ID_BITS) as u32;
        let is_extended = match self.channel("IDE") {
            Some(channel) => channel.count(record).is_some_and(|mark| mark != 0),
            None => written & EXTENDED != 0 || number > MAX_STANDARD_ID,
        };
        let id = if is_extended { CanId::extended(number) } else { CanId::standard(number) };
        id.ok_or(LogErrorKind::Id)
    }
}

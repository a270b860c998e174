//! Frames out of an ASC log.

use blackstart_units::SimTime;

use super::{AscBase, AscForm, Stamps, flag};
use crate::can::error_frame::ErrorFrame;
use crate::can::frame::{CanFrame, DataFrame, FdFlags, MAX_FD_BYTES, RemoteFrame};
use crate::can::id::CanId;
use crate::can::log::{
    FrameDirection, LineFormat, LineReader, LogErrorKind, LogRecord, ParsedLine, channel_name,
    words,
};
use crate::digits::{decimal, hex, seconds};

/// Reads a log of this format.
pub type AscReader = LineReader<AscLines>;

/// What a reader keeps from line to line.
#[derive(Clone, Debug, Default)]
pub struct AscLines {
    form: AscForm,
    /// Stamp of the last event, for relative logs.
    last: SimTime,
}

impl LineFormat for AscLines {
    fn line(&mut self, line: &[u8]) -> ParsedLine {
        parse(line, &mut self.form, &mut self.last)
    }
}

impl AscReader {
    /// What the header said, so far.
    pub fn form(&self) -> AscForm {
        self.format().form
    }
}

/// Whether a line could be one of this format, of a log of which nothing else is known.
pub(in crate::can) fn is_line(line: &[u8]) -> bool {
    let line = line.to_ascii_lowercase();
    let mut words = words(&line);
    let first = words.next().unwrap_or_default();
    match (first, words.next()) {
        (b"date", Some(day)) => day.len() == 3,
        (b"base", Some(base)) => matches!(base, b"hex" | b"dec"),
        (b"begin", Some(word)) => word == b"triggerblock",
        (b"//", Some(word)) => word == b"version",
        (stamp, Some(b"canfd")) => seconds(stamp).is_some(),
        (stamp, Some(channel)) => {
            let has_frame = words.nth(1).is_some_and(|way| matches!(way, b"rx" | b"tx"));
            seconds(stamp).is_some() && decimal(channel).is_some() && has_frame
        }
        _ => false,
    }
}

fn parse(line: &[u8], form: &mut AscForm, last: &mut SimTime) -> ParsedLine {
    let mut words = words(line);
    let Some(first) = words.next() else { return Ok(None) };
    if first.eq_ignore_ascii_case(b"base") {
        read_form(words, form);
        return Ok(None);
    }
    if !first[0].is_ascii_digit() {
        return Ok(None);
    }
    let stamp = seconds(first).or_else(|| power_of_ten(first)).ok_or(LogErrorKind::Stamp)?;
    let at = match form.stamps {
        Stamps::Absolute => stamp,
        Stamps::Relative => *last + stamp,
    };
    *last = at;
    let Some(second) = words.next() else { return Ok(None) };
    if second == b"CANFD" {
        parse_fd_line(words, form.base, at)
    } else if decimal(second).is_some() {
        parse_classic_line(second, words, form.base, at)
    } else {
        Ok(None)
    }
}

/// `1e-05`, as some tools write small stamps.
fn power_of_ten(text: &[u8]) -> Option<SimTime> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.contains('e'))?;
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(SimTime::from_seconds)
}

fn read_form<'a>(mut words: impl Iterator<Item = &'a [u8]>, form: &mut AscForm) {
    match words.next() {
        Some(word) if word.eq_ignore_ascii_case(b"dec") => form.base = AscBase::Dec,
        Some(word) if word.eq_ignore_ascii_case(b"hex") => form.base = AscBase::Hex,
        _ => {}
    }
    match words.nth(1) {
        Some(word) if word.eq_ignore_ascii_case(b"relative") => form.stamps = Stamps::Relative,
        Some(word) if word.eq_ignore_ascii_case(b"absolute") => form.stamps = Stamps::Absolute,
        _ => {}
    }
}

fn parse_classic_line<'a>(
    channel: &[u8],
    mut words: impl Iterator<Item = &'a [u8]>,
    base: AscBase,
    at: SimTime,
) -> ParsedLine {
    let channel = channel_name(channel)?;
    let Some(id) = words.next() else { return Ok(None) };
    if id.eq_ignore_ascii_case(b"ErrorFrame") {
        let frame = ErrorFrame::UNSPECIFIED.into();
        return Ok(Some(LogRecord { at, channel, direction: None, frame }));
    }
    // Statistics and requests to send ("TxRq") have no such word here.
    let Some(direction) = words.next().and_then(direction) else { return Ok(None) };
    let id = identifier(id, base)?;
    let frame: CanFrame = match words.next() {
        Some(b"d") => {
            let length = words.next().and_then(|word| number(word, base));
            let length = length.filter(|&dlc| dlc <= 15).ok_or(LogErrorKind::Data)?.min(8);
            let (bytes, length) = data(&mut words, length as usize, base)?;
            DataFrame::classic(id, &bytes[..length]).ok_or(LogErrorKind::Data)?.into()
        }
        // Older tools leave the length out.
        Some(b"r") => {
            let dlc = words.next().and_then(|word| number(word, base)).unwrap_or(0);
            RemoteFrame::new(id, dlc.min(8) as u8).ok_or(LogErrorKind::Data)?.into()
        }
        _ => return Err(LogErrorKind::Parts),
    };
    Ok(Some(LogRecord { at, channel, direction: Some(direction), frame }))
}

fn parse_fd_line<'a>(
    mut words: impl Iterator<Item = &'a [u8]>,
    base: AscBase,
    at: SimTime,
) -> ParsedLine {
    let channel = channel_name(words.next().ok_or(LogErrorKind::Parts)?)?;
    let direction = words.next().ok_or(LogErrorKind::Parts)?;
    let Some(direction) = self::direction(direction) else { return Ok(None) };
    let id = words.next().ok_or(LogErrorKind::Parts)?;
    if id.eq_ignore_ascii_case(b"ErrorFrame") {
        let frame = ErrorFrame::UNSPECIFIED.into();
        return Ok(Some(LogRecord { at, channel, direction: Some(direction), frame }));
    }
    let id = identifier(id, base)?;
    // The message's name may stand before the bit rate switch; a name begins with no digit.
    let brs = words.next().ok_or(LogErrorKind::Parts)?;
    let brs = if brs[0].is_ascii_digit() { Some(brs) } else { words.next() };
    let flags = FdFlags { bit_rate_switch: bit(brs)?, error_state: bit(words.next())? };
    let code = words.next().and_then(length_code).ok_or(LogErrorKind::Data)?;
    let length = words.next().and_then(decimal).map(|length| length as usize);
    let length = length.filter(|&length| length <= MAX_FD_BYTES).ok_or(LogErrorKind::Data)?;
    let (bytes, length) = data(&mut words, length, base)?;
    let bytes = &bytes[..length];
    // Behind the data: duration, length in bits, flags.
    let columns = words.nth(2).map_or(Some(flag::FD), hex).ok_or(LogErrorKind::Parts)?;
    // Some tools leave the flags out.
    let has_flags = columns & (flag::FD | flag::REMOTE) != 0;
    let is_fd =
        columns & flag::FD != 0 || !has_flags && (length > 8 || flags != FdFlags::default());
    let frame = if is_fd {
        DataFrame::fd(id, bytes, flags).map(CanFrame::from)
    } else if columns & flag::REMOTE != 0 {
        RemoteFrame::new(id, code.min(8)).map(CanFrame::from)
    } else {
        DataFrame::classic(id, bytes).map(CanFrame::from)
    };
    let frame = frame.ok_or(LogErrorKind::Data)?;
    Ok(Some(LogRecord { at, channel, direction: Some(direction), frame }))
}

fn direction(word: &[u8]) -> Option<FrameDirection> {
    match word {
        b"Rx" => Some(FrameDirection::Rx),
        b"Tx" => Some(FrameDirection::Tx),
        _ => None,
    }
}

fn identifier(word: &[u8], base: AscBase) -> Result<CanId, LogErrorKind> {
    let id = match word {
        [digits @ .., b'x' | b'X'] => number(digits, base).and_then(CanId::extended),
        digits => number(digits, base).and_then(CanId::standard),
    };
    id.ok_or(LogErrorKind::Id)
}

fn bit(word: Option<&[u8]>) -> Result<bool, LogErrorKind> {
    match word {
        Some(b"0") => Ok(false),
        Some(b"1") => Ok(true),
        _ => Err(LogErrorKind::Data),
    }
}

/// One hexadecimal digit, or two decimal ones in logs of base ten.
fn length_code(word: &[u8]) -> Option<u8> {
    let code = if word.len() == 1 { hex(word) } else { decimal(word) };
    code.filter(|&code| code <= 15).map(|code| code as u8)
}

fn data<'a>(
    words: &mut impl Iterator<Item = &'a [u8]>,
    length: usize,
    base: AscBase,
) -> Result<([u8; MAX_FD_BYTES], usize), LogErrorKind> {
    let mut bytes = [0; MAX_FD_BYTES];
    for slot in &mut bytes[..length] {
        let value = words.next().and_then(|word| number(word, base));
        *slot = value.and_then(|value| u8::try_from(value).ok()).ok_or(LogErrorKind::Data)?;
    }
    Ok((bytes, length))
}

fn number(word: &[u8], base: AscBase) -> Option<u32> {
    match base {
        AscBase::Hex => hex(word),
        AscBase::Dec => decimal(word),
    }
}

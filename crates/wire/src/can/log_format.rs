//! Which formats of logs there are, and how one is known from another.

use super::log::LogReader;
use super::{asc, blf, candump, csv, mf4, trc};

/// A format of logs that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// can-utils.
    Candump,
    /// Vector, as text.
    Asc,
    /// Vector, as packed objects.
    Blf,
    /// PEAK.
    Trc,
    /// A table.
    Csv,
    /// Bus logging in a measurement file.
    Mf4,
}

/// A file that is no log that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotALog {
    /// There is nothing in it.
    Empty,
    /// It is something else, which is known.
    Known(&'static str),
    /// Nobody knows what it is.
    Unknown,
}

impl std::fmt::Display for NotALog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::Known(what) => write!(f, "is {what}, which is not read"),
            Self::Unknown => {
                let names: Vec<&str> = LogFormat::ALL.iter().map(|one| one.name()).collect();
                write!(f, "is no log of CAN frames that is known: not {}", names.join(", "))
            }
        }
    }
}

/// How files of other kinds begin, and what they are.
const OTHERS: &[(&[u8], &str)] = &[
    (b"MDF     ", "a measurement file of another version than 4 (ASAM MDF)"),
    (b"UnFinMF ", "a measurement file of another version than 4 (ASAM MDF)"),
    (b"PK\x03\x04", "a Zip archive"),
    (b"\x1f\x8b", "packed twice with gzip"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ\0", "packed with xz"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xd4\xc3\xb2\xa1", "a capture of packets (pcap)"),
    (b"\xa1\xb2\xc3\xd4", "a capture of packets (pcap)"),
    (b"\x4d\x3c\xb2\xa1", "a capture of packets (pcap)"),
    (b"\x0a\x0d\x0d\x0a", "a capture of packets (pcapng)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"ARROW1", "an Arrow file"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
];

impl LogFormat {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Candump, Self::Asc, Self::Blf, Self::Trc, Self::Csv, Self::Mf4];

    /// Bytes of a log's beginning that tell its format.
    pub const HEAD_BYTES: usize = 4096;

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Candump => "candump",
            Self::Asc => "ASC",
            Self::Blf => "BLF",
            Self::Trc => "TRC",
            Self::Csv => "CSV",
            Self::Mf4 => "MF4",
        }
    }

    /// The format that a file's ending stands for.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "log" => Some(Self::Candump),
            "asc" => Some(Self::Asc),
            "blf" => Some(Self::Blf),
            "trc" => Some(Self::Trc),
            "csv" => Some(Self::Csv),
            "mf4" => Some(Self::Mf4),
            _ => None,
        }
    }

    /// The format of a log that begins so, whatever its name is.
    ///
    /// # Errors
    /// What it is instead.
    pub fn of(head: &[u8]) -> Result<Self, NotALog> {
        if head.starts_with(blf::SIGNATURE) {
            return Ok(Self::Blf);
        }
        if [mf4::SIGNATURE, mf4::UNFINISHED].iter().any(|begin| head.starts_with(begin)) {
            return Ok(Self::Mf4);
        }
        if let Some((_, what)) = OTHERS.iter().find(|(begin, _)| head.starts_with(begin)) {
            return Err(NotALog::Known(what));
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(NotALog::Empty);
        }
        let known = |line: &[u8]| Self::WITH_LINES.into_iter().find(|one| one.has_line(line));
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        lines.filter(|line| !line.is_empty()).find_map(known).ok_or(NotALog::Unknown)
    }

    /// Those that have lines, the ones that are known by less later.
    const WITH_LINES: [Self; 4] = [Self::Trc, Self::Asc, Self::Candump, Self::Csv];

    /// Whether a line could be one of the format, of a log of which nothing else is known.
    fn has_line(self, line: &[u8]) -> bool {
        match self {
            Self::Candump => candump::is_line(line),
            Self::Asc => asc::is_line(line),
            Self::Blf | Self::Mf4 => false,
            Self::Trc => trc::is_line(line),
            Self::Csv => csv::is_line(line),
        }
    }

    /// A reader of the format.
    pub fn reader(self) -> Box<dyn LogReader> {
        match self {
            Self::Candump => Box::new(candump::CandumpReader::default()),
            Self::Asc => Box::new(asc::AscReader::default()),
            Self::Blf => Box::new(blf::BlfReader::default()),
            Self::Trc => Box::new(trc::TrcReader::default()),
            Self::Csv => Box::new(csv::CsvReader::default()),
            Self::Mf4 => Box::new(mf4::Mf4Reader::default()),
        }
    }
}

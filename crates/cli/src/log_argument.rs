//! A log to be written, as it stands on a command line.

use std::path::PathBuf;

use blackstart_wire::can::LogFormat;

/// A file, and what it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTarget {
    /// Where.
    pub path: PathBuf,
    /// By its ending.
    pub format: LogFormat,
    /// Whether `.gz` stands behind that.
    pub gzip: bool,
}

/// Reads it.
///
/// # Errors
/// If no format is written to files that end so.
pub fn log_target(text: &str) -> Result<LogTarget, String> {
    let (name, gzip) = text.strip_suffix(".gz").map_or((text, false), |name| (name, true));
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match LogFormat::of_ending(ending) {
        Some(format) => Ok(LogTarget { path: PathBuf::from(text), format, gzip }),
        None => {
            Err("its ending is none of .log, .asc, .blf, .trc, .csv and .mf4, with or without .gz"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        let is = |text: &str| log_target(text).map(|file| (file.format, file.gzip));
        assert_eq!(is("a/b.MF4"), Ok((LogFormat::Mf4, false)));
        assert_eq!(is("b.log.gz"), Ok((LogFormat::Candump, true)));
        for text in ["b", "b.txt", "b.gz", "blf", "b.blf.zip"] {
            assert!(is(text).is_err(), "{text}");
        }
    }
}

//! How many columns a line may have.

use std::env;
use std::io::{self, IsTerminal};

use terminal_size::{Width, terminal_size_of};

/// Most columns of a line, also where nobody watches: a log is read in a window of some width.
pub const WIDEST: usize = 100;
/// Least: whoever has less scrolls sideways.
const NARROWEST: usize = 20;

/// Columns of a line on standard output: what `COLUMNS` says, or the terminal, and no more than [`WIDEST`].
pub fn columns() -> usize {
    let said = env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let seen = || {
        let stdout = io::stdout();
        let size = stdout.is_terminal().then(|| terminal_size_of(&stdout)).flatten();
        size.map(|(Width(columns), _)| usize::from(columns))
    };
    said.or_else(seen).map_or(WIDEST, |columns| columns.clamp(NARROWEST, WIDEST))
}

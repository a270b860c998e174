//! What a run may cost at most, in one list, and the two things that every crate does within it:
//! reading a file that a stranger may have written, and showing a piece of it to a person.
//!
//! The list is [`ALL`]; `docs/limits.md` is its page, and a test keeps the two equal.

mod file;
mod halt;
mod table;
mod text;

pub use file::{open, read, read_text};
pub use halt::Halt;
pub use table::*;
pub use text::{cut, visible};

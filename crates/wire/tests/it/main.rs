//! The wire as a caller sees it.

mod description;
mod frames;
mod messages;

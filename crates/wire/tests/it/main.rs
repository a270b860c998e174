//! The wire as a caller sees it.

mod can_frames;
mod can_logs;
mod description;
mod frames;
mod messages;
mod slcan;

//! What the manuals say the chip does, each behaviour from both sides.

mod board;
mod buses;
mod commands;
mod measuring;
mod protecting;
mod sleeping;
mod switching;

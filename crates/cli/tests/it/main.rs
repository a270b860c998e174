//! The `blackstart` command from outside: what a shell and a person see.

mod architecture;
mod bad_input;
mod comparing;
mod guide;
mod help;
mod inspecting;
mod project;
mod replaying;
mod running;
mod shipped;

//! The `blackstart` command from outside: what a shell and a person see.

mod architecture;
mod bad_input;
mod comparing;
mod coverage;
mod dependence;
mod guide;
mod help;
mod index;
mod inspecting;
mod project;
mod running;
mod shipped;

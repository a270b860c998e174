//! The `blackstart` command from outside: what a shell and a person see.

mod architecture;
mod attach_guide;
mod bad_input;
mod comparing;
mod converting;
mod coverage;
mod dependence;
mod help;
mod index;
mod inspecting;
mod project;
mod replaying;
mod rigs;
mod running;
mod shipped;
mod skipping;
mod words;
mod writing_guide;

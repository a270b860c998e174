//! The `blackstart` command from outside: what a shell and a person see.

mod architecture;
mod attach_guide;
mod bad_input;
mod bounds;
mod checking;
mod comparing;
mod converting;
mod cornering;
mod coverage;
mod dependence;
mod firmware;
mod help;
mod index;
mod inspecting;
mod mutating;
mod project;
mod replaying;
mod rigs;
mod running;
mod shipped;
mod skipping;
mod torture;
mod type_names;
mod words;
mod writing_guide;

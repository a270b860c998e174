//! The files of this project and broken variants of them, through the public interface.

mod assemblies;
mod backup_box;
mod dbc_mappings;
mod diagnostics;
mod documents;
mod facts;
mod graph;
mod levels;
mod pack;
mod pins;
mod project;
mod robustness;
mod role_pins;
mod shipped;
mod variants;
mod wires;

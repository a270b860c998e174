//! The network as its callers see it, through public items alone.

mod bus;
mod closed_form;

mod books;
mod cells;
mod determinism;
mod devices;
mod golden;
mod groups;
mod laws;
mod load_dump;
mod long_run;
mod properties;
mod refusals;
mod sensing;
mod variations;
mod warm_gates;
mod watches;

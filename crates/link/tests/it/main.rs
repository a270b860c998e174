//! Sessions with devices that behave, misbehave, and die. Every wait in here is bounded by a time-out
//! that the test passes; none is asserted.

mod can_adapter;
mod can_faults;
mod can_kernel_adapter;
mod can_logs;
mod can_python;
mod can_socket;
mod firmware;
mod memory_port;
mod misbehaviour;
mod orphans;
mod own_clock;
mod paced;
mod pins;
mod ports;
mod pseudo_line;
mod recording;
mod scripted;
mod speech;

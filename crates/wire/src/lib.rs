//! Bytes to typed messages and back; performs no IO and reads no clock.

pub mod bench_link;

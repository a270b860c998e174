//! The physics: network, cells, packs, power stages, inverters, loads, sensors.

pub mod network;

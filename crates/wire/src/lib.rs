//! Bytes to typed messages and back; performs no IO and reads no clock.

/// The bench link: firmware that was built for the bench.
pub mod bench_link;
/// The 0x351-family BMS protocol: what its DBC files cannot hold.
pub mod bms_can;
/// CAN frames, logs of them, and SLCAN.
pub mod can;
/// DBC files: signals in CAN frames.
pub mod dbc;
/// Modbus RTU, at either end.
pub mod modbus;
/// The serial port of Mean Well's NTU inverters.
pub mod ntu;
/// The sending end of a serial line.
pub mod serial;
/// VE.Direct: the serial port of Victron's devices.
pub mod ve_direct;

mod digits;
mod line;

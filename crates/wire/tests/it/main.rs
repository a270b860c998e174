//! The wire as a caller sees it.

mod agreement;
mod bench_link_can;
mod bms_can;
mod can_frames;
mod can_logs;
mod cantools;
mod dbc_codec;
mod dbc_files;
mod description;
mod frames;
mod kernel_frame;
mod log_formats;
mod messages;
mod mf4;
mod modbus;
mod ntu;
mod python_can;
mod slcan;
mod ve_direct;
mod witness;

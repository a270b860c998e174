//! Transfers between a controller and a chip that the physics plays.

/// A transfer that a controller has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusTransfer {
    /// Which bus: its place among the role's commands.
    pub bus: usize,
    /// On SPI as much is read as is written; on I2C what is read follows what is written.
    pub is_spi: bool,
    /// Of I2C, seven bits.
    pub address: u8,
    /// What is written.
    pub write: Vec<u8>,
    /// How many bytes are read.
    pub read: usize,
}

/// How a transfer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusAnswer {
    /// Which bus: its place among the role's commands.
    pub bus: usize,
    /// How.
    pub status: BusStatus,
    /// What was read.
    pub read: Vec<u8>,
}

/// Whether a transfer came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusStatus {
    /// It did.
    Done,
    /// Nobody acknowledged.
    NotAcknowledged,
    /// The bus cannot be used: a line is held.
    Stuck,
}

//! The data memory: what each place is, its limits, its default.

use Form::{H1, H2, I1, I2, U1, U2};

/// Addresses of the data memory that this model goes by.
pub mod address {
    #![allow(missing_docs, reason = "each is named as its manual names it")]
    pub const CC_GAIN: u16 = 0x91A8;
    pub const CAPACITY_GAIN: u16 = 0x91AC;
    pub const DEAD_BAND: u16 = 0x922D;
    pub const POWER_CONFIG: u16 = 0x9234;
    pub const REGULATORS: u16 = 0x9236;
    pub const COMM_TYPE: u16 = 0x9239;
    pub const I2C_ADDRESS: u16 = 0x923A;
    pub const SHUTDOWN_CELL_VOLTAGE: u16 = 0x923F;
    pub const SHUTDOWN_STACK_VOLTAGE: u16 = 0x9241;
    pub const SHUTDOWN_DELAY: u16 = 0x9243;
    pub const SLEEP_CURRENT: u16 = 0x9248;
    pub const SLEEP_VOLTAGE_TIME: u16 = 0x924A;
    pub const WAKE_CURRENT: u16 = 0x924B;
    pub const SLEEP_HYSTERESIS_TIME: u16 = 0x924D;
    pub const SLEEP_CHARGER_VOLTAGE: u16 = 0x924E;
    pub const SLEEP_PACK_TOS_DELTA: u16 = 0x9250;
    pub const FET_OFF_DELAY: u16 = 0x9252;
    pub const SHUTDOWN_COMMAND_DELAY: u16 = 0x9253;
    pub const PROTECTION_CONFIG: u16 = 0x925F;
    pub const ENABLED_A: u16 = 0x9261;
    pub const CHG_FET_A: u16 = 0x9265;
    pub const DSG_FET_A: u16 = 0x9269;
    pub const ALARM_MASK: u16 = 0x926D;
    pub const SF_ALERT_MASK_A: u16 = 0x926F;
    pub const BODY_DIODE_THRESHOLD: u16 = 0x9273;
    pub const CUV_THRESHOLD: u16 = 0x9275;
    pub const CUV_DELAY: u16 = 0x9276;
    pub const COV_THRESHOLD: u16 = 0x9278;
    pub const COV_DELAY: u16 = 0x9279;
    pub const CUV_HYSTERESIS: u16 = 0x927B;
    pub const COV_HYSTERESIS: u16 = 0x927C;
    pub const COVL_LIMIT: u16 = 0x927D;
    pub const COVL_DECREMENT: u16 = 0x927E;
    pub const COVL_RECOVERY: u16 = 0x927F;
    pub const OCC_THRESHOLD: u16 = 0x9280;
    pub const OCC_DELAY: u16 = 0x9281;
    pub const OCD1_THRESHOLD: u16 = 0x9282;
    pub const OCD1_DELAY: u16 = 0x9283;
    pub const OCD2_THRESHOLD: u16 = 0x9284;
    pub const OCD2_DELAY: u16 = 0x9285;
    pub const SCD_THRESHOLD: u16 = 0x9286;
    pub const SCD_DELAY: u16 = 0x9287;
    pub const OCC_RECOVERY: u16 = 0x9288;
    pub const OCD3_THRESHOLD: u16 = 0x928A;
    pub const OCD3_DELAY: u16 = 0x928C;
    pub const OCD_RECOVERY: u16 = 0x928D;
    pub const OCDL_LIMIT: u16 = 0x928F;
    pub const OCDL_DECREMENT: u16 = 0x9290;
    pub const OCDL_RECOVERY_TIME: u16 = 0x9291;
    pub const OCDL_RECOVERY: u16 = 0x9292;
    pub const SCD_RECOVERY_TIME: u16 = 0x9294;
    pub const SCDL_LIMIT: u16 = 0x9295;
    pub const SCDL_DECREMENT: u16 = 0x9296;
    pub const SCDL_RECOVERY_TIME: u16 = 0x9297;
    pub const SCDL_RECOVERY: u16 = 0x9298;
    pub const OTC: u16 = 0x929A;
    pub const OTD: u16 = 0x929D;
    pub const OTF: u16 = 0x92A0;
    pub const OTINT: u16 = 0x92A3;
    pub const UTC: u16 = 0x92A6;
    pub const UTD: u16 = 0x92A9;
    pub const UTINT: u16 = 0x92AC;
    pub const RECOVERY_TIME: u16 = 0x92AF;
    pub const OCC_PACK_TOS_DELTA: u16 = 0x92B0;
    pub const HWD_DELAY: u16 = 0x92B2;
    pub const LOAD_DETECT_ACTIVE: u16 = 0x92B4;
    pub const LOAD_DETECT_RETRY: u16 = 0x92B5;
    pub const LOAD_DETECT_TIMEOUT: u16 = 0x92B6;
    pub const PTO_CURRENT: u16 = 0x92BA;
    pub const PTO_DELAY: u16 = 0x92BC;
    pub const PF_ENABLED_A: u16 = 0x92C0;
    pub const PF_ALERT_MASK_A: u16 = 0x92C4;
    pub const CFETOFF_PIN: u16 = 0x92FA;
    pub const DFETOFF_PIN: u16 = 0x92FB;
    pub const ALERT_PIN: u16 = 0x92FC;
    pub const TS1_PIN: u16 = 0x92FD;
    pub const DA_CONFIG: u16 = 0x9303;
    pub const VCELL_MODE: u16 = 0x9304;
    pub const CC3_SAMPLES: u16 = 0x9307;
    pub const FET_OPTIONS: u16 = 0x9308;
    pub const PRECHARGE_START: u16 = 0x930A;
    pub const PRECHARGE_STOP: u16 = 0x930C;
    pub const PREDISCHARGE_TIMEOUT: u16 = 0x930E;
    pub const PREDISCHARGE_STOP_DELTA: u16 = 0x930F;
    pub const DISCHARGE_CURRENT: u16 = 0x9310;
    pub const CHARGE_CURRENT: u16 = 0x9312;
    pub const OPEN_WIRE_TIME: u16 = 0x9314;
    pub const INTERCONNECT: u16 = 0x9315;
    pub const BALANCING_CONFIG: u16 = 0x9335;
    pub const BALANCING_COLDEST: u16 = 0x9336;
    pub const BALANCING_HOTTEST: u16 = 0x9337;
    pub const BALANCING_HOTTEST_DIE: u16 = 0x9338;
    pub const BALANCING_INTERVAL: u16 = 0x9339;
    pub const BALANCING_CELLS: u16 = 0x933A;
    pub const BALANCING_CHARGE_VOLTAGE: u16 = 0x933B;
    pub const BALANCING_REST_VOLTAGE: u16 = 0x933F;
    pub const MANUFACTURING_STATUS: u16 = 0x9343;
}

/// How a number stands in the memory; all are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    U1,
    U2,
    I1,
    I2,
    H1,
    H2,
}

impl Form {
    const fn bytes(self) -> usize {
        match self {
            U1 | I1 | H1 => 1,
            U2 | I2 | H2 => 2,
        }
    }

    fn read(self, bytes: &[u8]) -> i64 {
        match (self, bytes) {
            (U1 | H1, &[a, ..]) => i64::from(a),
            (I1, &[a, ..]) => i64::from(a.cast_signed()),
            (U2 | H2, &[a, b, ..]) => i64::from(u16::from_le_bytes([a, b])),
            (I2, &[a, b, ..]) => i64::from(i16::from_le_bytes([a, b])),
            _ => 0,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Row {
    address: u16,
    form: Form,
    least: i64,
    most: i64,
    default: i64,
}

const fn row(address: u16, form: Form, least: i64, most: i64, default: i64) -> Row {
    Row { address, form, least, most, default }
}

/// Every place with limits, in the order of its address.
const ROWS: &[Row] = &[
    row(0x922D, U1, 0, 255, 9),
    row(0x9231, I2, 0, 32767, 500),
    row(0x9233, U1, 0, 255, 30),
    row(0x9234, H2, 0, 65535, 0x2982),
    row(0x9236, H1, 0, 255, 0x00),
    row(0x9237, H1, 0, 3, 0x00),
    row(0x9238, H1, 0, 255, 0x00),
    row(0x9239, U1, 0, 31, 0),
    row(0x923A, U1, 0, 255, 0),
    row(0x923C, H1, 0, 127, 0x20),
    row(0x923D, U1, 0, 255, 0),
    row(0x923F, I2, 0, 32767, 0),
    row(0x9241, I2, 0, 32767, 600),
    row(0x9243, U1, 0, 63, 1),
    row(0x9244, U1, 0, 150, 85),
    row(0x9245, U1, 0, 254, 5),
    row(0x9248, I2, 0, 32767, 20),
    row(0x924A, U1, 1, 255, 5),
    row(0x924B, I2, 500, 32767, 500),
    row(0x924D, U1, 0, 255, 10),
    row(0x924E, I2, 0, 32767, 2000),
    row(0x9250, I2, 10, 8500, 200),
    row(0x9252, U1, 0, 127, 0),
    row(0x9253, U1, 0, 254, 0),
    row(0x9254, U1, 0, 250, 0),
    row(0x9255, U1, 0, 255, 5),
    row(0x925F, H2, 0, 2047, 0x0002),
    row(0x9261, U1, 0, 255, 136),
    row(0x9262, U1, 0, 255, 0),
    row(0x9263, U1, 0, 255, 0),
    row(0x9265, U1, 0, 255, 152),
    row(0x9266, U1, 0, 255, 213),
    row(0x9267, U1, 0, 255, 86),
    row(0x9269, U1, 0, 255, 228),
    row(0x926A, U1, 0, 255, 230),
    row(0x926B, U1, 0, 255, 226),
    row(0x926D, H2, 0, 65535, 0xF800),
    row(0x926F, U1, 0, 255, 252),
    row(0x9270, U1, 0, 255, 247),
    row(0x9271, U1, 0, 255, 244),
    row(0x9273, I2, 0, 32767, 50),
    row(0x9275, U1, 20, 90, 50),
    row(0x9276, U2, 1, 2047, 74),
    row(0x9278, U1, 20, 110, 86),
    row(0x9279, U2, 1, 2047, 74),
    row(0x927B, U1, 2, 20, 2),
    row(0x927C, U1, 2, 20, 2),
    row(0x927D, U1, 0, 255, 0),
    row(0x927E, U1, 0, 255, 10),
    row(0x927F, U1, 0, 255, 15),
    row(0x9280, U1, 2, 62, 2),
    row(0x9281, U1, 1, 127, 4),
    row(0x9282, U1, 2, 100, 4),
    row(0x9283, U1, 1, 127, 1),
    row(0x9284, U1, 2, 100, 3),
    row(0x9285, U1, 1, 127, 7),
    row(0x9286, U1, 0, 15, 0),
    row(0x9287, U1, 1, 31, 2),
    row(0x9288, I2, -32768, 32767, -200),
    row(0x928A, I2, -32768, 0, -4000),
    row(0x928C, U1, 0, 255, 2),
    row(0x928D, I2, -32768, 32767, 200),
    row(0x928F, U1, 0, 255, 0),
    row(0x9290, U1, 0, 255, 10),
    row(0x9291, U1, 0, 255, 15),
    row(0x9292, I2, -32768, 32767, 200),
    row(0x9294, U1, 0, 255, 5),
    row(0x9295, U1, 0, 255, 0),
    row(0x9296, U1, 0, 255, 10),
    row(0x9297, U1, 0, 255, 15),
    row(0x9298, I2, -32768, 32767, 200),
    row(0x929A, I1, -40, 120, 55),
    row(0x929B, U1, 0, 255, 2),
    row(0x929C, I1, -40, 120, 50),
    row(0x929D, I1, -40, 120, 60),
    row(0x929E, U1, 0, 255, 2),
    row(0x929F, I1, -40, 120, 55),
    row(0x92A0, U1, 0, 150, 80),
    row(0x92A1, U1, 0, 255, 2),
    row(0x92A2, U1, 0, 150, 65),
    row(0x92A3, I1, -40, 120, 85),
    row(0x92A4, U1, 0, 255, 2),
    row(0x92A5, I1, -40, 120, 80),
    row(0x92A6, I1, -40, 120, 0),
    row(0x92A7, U1, 0, 255, 2),
    row(0x92A8, I1, -40, 120, 5),
    row(0x92A9, I1, -40, 120, 0),
    row(0x92AA, U1, 0, 255, 2),
    row(0x92AB, I1, -40, 120, 5),
    row(0x92AC, I1, -40, 120, -20),
    row(0x92AD, U1, 0, 255, 2),
    row(0x92AE, I1, -40, 120, -15),
    row(0x92AF, U1, 0, 255, 3),
    row(0x92B0, I2, 10, 8500, 200),
    row(0x92B2, U2, 0, 65535, 60),
    row(0x92B4, U1, 0, 255, 0),
    row(0x92B5, U1, 0, 255, 50),
    row(0x92B6, U2, 0, 65535, 1),
    row(0x92BA, I2, -32768, 32767, 250),
    row(0x92BC, U2, 0, 65535, 1800),
    row(0x92BE, I2, 0, 10000, 2),
    row(0x92C0, U1, 0, 255, 0),
    row(0x92C1, U1, 0, 255, 0),
    row(0x92C2, U1, 0, 255, 7),
    row(0x92C3, U1, 0, 255, 0),
    row(0x92C4, U1, 0, 255, 95),
    row(0x92C5, U1, 0, 255, 159),
    row(0x92C6, U1, 0, 255, 0),
    row(0x92C7, U1, 0, 255, 0),
    row(0x92FA, H1, 0, 255, 0x00),
    row(0x92FB, H1, 0, 255, 0x00),
    row(0x92FC, H1, 0, 255, 0x00),
    row(0x92FD, H1, 0, 255, 0x07),
    row(0x92FE, H1, 0, 255, 0x00),
    row(0x92FF, H1, 0, 255, 0x00),
    row(0x9300, H1, 0, 255, 0x00),
    row(0x9301, H1, 0, 255, 0x00),
    row(0x9302, H1, 0, 255, 0x00),
    row(0x9303, H1, 0, 255, 0x05),
    row(0x9304, H2, 0, 65535, 0x0000),
    row(0x9307, U1, 2, 255, 80),
    row(0x9308, H1, 0, 255, 0x0D),
    row(0x9309, H1, 0, 255, 0x01),
    row(0x930A, I2, 0, 32767, 0),
    row(0x930C, I2, 0, 32767, 0),
    row(0x930E, U1, 0, 255, 5),
    row(0x930F, U1, 0, 255, 50),
    row(0x9310, I2, 0, 32767, 100),
    row(0x9312, I2, 0, 32767, 50),
    row(0x9314, U1, 0, 255, 5),
    row(0x9315, I2, -32768, 32767, 0),
    row(0x9317, I2, -32768, 32767, 0),
    row(0x9319, I2, -32768, 32767, 0),
    row(0x931B, I2, -32768, 32767, 0),
    row(0x931D, I2, -32768, 32767, 0),
    row(0x931F, I2, -32768, 32767, 0),
    row(0x9321, I2, -32768, 32767, 0),
    row(0x9323, I2, -32768, 32767, 0),
    row(0x9325, I2, -32768, 32767, 0),
    row(0x9327, I2, -32768, 32767, 0),
    row(0x9329, I2, -32768, 32767, 0),
    row(0x932B, I2, -32768, 32767, 0),
    row(0x932D, I2, -32768, 32767, 0),
    row(0x932F, I2, -32768, 32767, 0),
    row(0x9331, I2, -32768, 32767, 0),
    row(0x9333, I2, -32768, 32767, 0),
    row(0x9335, H1, 0, 255, 0x00),
    row(0x9336, I1, -128, 127, -20),
    row(0x9337, I1, -128, 127, 60),
    row(0x9338, I1, -128, 127, 70),
    row(0x9339, U1, 1, 255, 20),
    row(0x933A, U1, 0, 16, 1),
    row(0x933B, I2, 0, 5000, 3900),
    row(0x933D, U1, 0, 255, 40),
    row(0x933E, U1, 0, 255, 20),
    row(0x933F, I2, 0, 5000, 3900),
    row(0x9341, U1, 0, 255, 40),
    row(0x9342, U1, 0, 255, 20),
    row(0x9343, H2, 0, 65535, 0x0040),
];

/// The first address, and the one behind the last.
const SPAN: (u16, u16) = (0x9180, 0x9400);
/// Places that only calibrate the converters: kept, and never gone by.
const CALIBRATION: [(u16, u16); 2] = [(0x9180, 0x91A8), (0x91B0, 0x922D)];

/// CC Gain of a sense resistor of 1 mΩ.
pub(crate) const GAIN_OF_ONE_MILLIOHM: f32 = 7.4768;
const CAPACITY_GAIN: f32 = 2_230_042.5;

/// What writing to the memory came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryWrite {
    Stored,
    /// This place keeps its value.
    Outside(u16),
    /// There is nothing there that the model goes by.
    Unknown(u16),
}

/// The data memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DataMemory {
    bytes: Vec<u8>,
}

impl Default for DataMemory {
    fn default() -> Self {
        let mut memory = Self { bytes: vec![0; usize::from(SPAN.1 - SPAN.0)] };
        for row in ROWS {
            memory.put(row.address, &row.default.to_le_bytes()[..row.form.bytes()]);
        }
        memory.put(address::CC_GAIN, &GAIN_OF_ONE_MILLIOHM.to_le_bytes());
        memory.put(address::CAPACITY_GAIN, &CAPACITY_GAIN.to_le_bytes());
        memory
    }
}

impl DataMemory {
    fn at(address: u16) -> Option<usize> {
        (SPAN.0..SPAN.1).contains(&address).then(|| usize::from(address - SPAN.0))
    }

    fn put(&mut self, address: u16, bytes: &[u8]) {
        for (k, &byte) in bytes.iter().enumerate() {
            if let Some(at) = Self::at(address.wrapping_add(k as u16)) {
                self.bytes[at] = byte;
            }
        }
    }

    /// One byte; 0 where there is nothing.
    pub fn byte(&self, address: u16) -> u8 {
        Self::at(address).map_or(0, |at| self.bytes[at])
    }

    fn raw<const N: usize>(&self, address: u16) -> [u8; N] {
        std::array::from_fn(|k| self.byte(address.wrapping_add(k as u16)))
    }

    /// The number at an address that the table has.
    pub fn get(&self, address: u16) -> i64 {
        let row = ROWS.iter().find(|row| row.address == address);
        row.map_or(0, |row| row.form.read(&self.raw::<2>(address)))
    }

    /// The same as a float, for what is computed with it.
    pub fn number(&self, address: u16) -> f64 {
        self.get(address) as f64
    }

    /// Three registers of bits in a row.
    pub fn bits(&self, address: u16) -> [u8; 3] {
        self.raw(address)
    }

    /// CC Gain: 7.4768 by the sense resistor in mΩ.
    pub fn gain(&self) -> f64 {
        f64::from(f32::from_le_bytes(self.raw(address::CC_GAIN)))
    }

    /// Whether the model knows what stands there.
    pub fn is_known(address: u16) -> bool {
        let covers =
            |row: &Row| (row.address..row.address + row.form.bytes() as u16).contains(&address);
        ROWS.iter().any(covers) || (address::CC_GAIN..address::CC_GAIN + 8).contains(&address)
    }

    /// Writes a block: each place that it touches is held against its limits.
    pub fn write(&mut self, address: u16, bytes: &[u8]) -> Vec<MemoryWrite> {
        let before = self.clone();
        self.put(address, bytes);
        let end = address.saturating_add(bytes.len() as u16);
        let mut written = Vec::new();
        for row in ROWS {
            let size = row.form.bytes() as u16;
            if row.address + size <= address || row.address >= end {
                continue;
            }
            let value = self.get(row.address);
            if (row.least..=row.most).contains(&value) {
                written.push(MemoryWrite::Stored);
            } else {
                let old = before.raw::<2>(row.address);
                self.put(row.address, &old[..row.form.bytes()]);
                written.push(MemoryWrite::Outside(row.address));
            }
        }
        let is_calibration =
            |at: u16| CALIBRATION.iter().any(|span| (span.0..span.1).contains(&at));
        let strange = (address..end).find(|&at| is_calibration(at) || !Self::is_known(at));
        written.extend(strange.map(MemoryWrite::Unknown));
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_stand_within_their_limits_and_in_order() {
        for pair in ROWS.windows(2) {
            assert!(pair[0].address + pair[0].form.bytes() as u16 <= pair[1].address);
        }
        for row in ROWS {
            assert!((row.least..=row.most).contains(&row.default), "{row:?}");
            assert_eq!(DataMemory::default().get(row.address), row.default, "{row:?}");
        }
        assert_eq!(DataMemory::default().get(address::POWER_CONFIG), 0x2982);
        assert_eq!(DataMemory::default().get(address::OCD3_THRESHOLD), -4000);
    }

    #[test]
    fn a_value_outside_its_limits_is_not_stored_and_what_stands_beside_it_is() {
        let mut memory = DataMemory::default();
        // COV threshold 111 is one too many; its delay behind it is right.
        let written = memory.write(address::COV_THRESHOLD, &[111, 0x5E, 0x02]);
        assert_eq!(written, [MemoryWrite::Outside(address::COV_THRESHOLD), MemoryWrite::Stored]);
        assert_eq!(memory.get(address::COV_THRESHOLD), 86);
        assert_eq!(memory.get(address::COV_DELAY), 606);
        assert_eq!(memory.write(0x9180, &[1, 2]), [MemoryWrite::Unknown(0x9180)]);
    }
}

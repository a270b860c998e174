//! Error frames: how a Linux CAN controller reports what went wrong on the bus.
//!
//! An error frame never was on the wire. The layout is that of the kernel's `linux/can/error.h`: the
//! identifier's bits are classes, the eight data bytes hold the detail of some of them.

/// Bits that classes may have.
const CLASS_BITS: u32 = 0x1FFF_FFFF;

const TX_TIMEOUT: u32 = 1 << 0;
const LOST_ARBITRATION: u32 = 1 << 1;
const CONTROLLER: u32 = 1 << 2;
const PROTOCOL: u32 = 1 << 3;
const TRANSCEIVER: u32 = 1 << 4;
const NO_ACKNOWLEDGE: u32 = 1 << 5;
const BUS_OFF: u32 = 1 << 6;
const BUS_ERROR: u32 = 1 << 7;
const RESTARTED: u32 = 1 << 8;
const COUNTERS: u32 = 1 << 9;
const NAMED: u32 = (1 << 10) - 1;

/// One thing that an error frame reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusFault {
    /// The controller stopped sending: nobody to acknowledge, or no room on the bus.
    TxTimeout,
    /// Another node won; the bit of the identifier at which, 0 when unknown.
    LostArbitration {
        /// Counted from 0.
        bit: u8,
    },
    /// The controller's receive buffer overflowed: frames are lost.
    RxOverflow,
    /// The controller's transmit buffer overflowed: frames are lost.
    TxOverflow,
    /// An error counter passed the warning level of 96.
    Warning,
    /// An error counter passed 127: the node no longer disturbs the bus with active error flags.
    Passive,
    /// The controller is error active again.
    Active,
    /// A class or state that the controller did not detail.
    Controller,
    /// A rule of the protocol was broken.
    Protocol {
        /// Bits: 0 bit error, 1 form, 2 stuffing, 3 dominant not sent, 4 recessive not sent,
        /// 5 overload, 6 active error announcement, 7 while transmitting.
        violations: u8,
        /// Where in the frame, as the kernel numbers it.
        location: u8,
    },
    /// The transceiver found a wire broken or shorted.
    Transceiver {
        /// As the kernel numbers it: CANH in the low four bits, CANL in the high four.
        status: u8,
    },
    /// Nobody acknowledged.
    NoAcknowledge,
    /// The controller disconnected itself after too many errors.
    BusOff,
    /// Some error on the bus.
    BusError,
    /// The controller was restarted after bus off.
    Restarted,
    /// The controller's error counters.
    Counters {
        /// Of transmission.
        tx: u8,
        /// Of reception.
        rx: u8,
    },
    /// Classes that have no name here.
    Unknown {
        /// Their bits.
        classes: u32,
    },
}

/// An error frame as the kernel hands it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorFrame {
    classes: u32,
    detail: [u8; 8],
}

impl ErrorFrame {
    /// Something went wrong, and nothing more is known: all that most logs keep of an error.
    pub const UNSPECIFIED: Self = Self { classes: BUS_ERROR, detail: [0; 8] };

    /// From the kernel's class bits (without its three flag bits) and detail; `None` when a bit above
    /// 28 is set.
    pub fn new(classes: u32, detail: [u8; 8]) -> Option<Self> {
        (classes & !CLASS_BITS == 0).then_some(Self { classes, detail })
    }

    /// The class bits.
    pub fn classes(&self) -> u32 {
        self.classes
    }

    /// The eight bytes of detail.
    pub fn detail(&self) -> [u8; 8] {
        self.detail
    }

    /// Everything that the frame reports, in the order of the class bits.
    pub fn faults(&self) -> Vec<BusFault> {
        let [arbitration, controller, violations, location, transceiver, _, tx, rx] = self.detail;
        let mut faults = Vec::new();
        let mut report = |class: u32, fault: BusFault| {
            if self.classes & class != 0 {
                faults.push(fault);
            }
        };
        report(TX_TIMEOUT, BusFault::TxTimeout);
        report(LOST_ARBITRATION, BusFault::LostArbitration { bit: arbitration });
        for (bits, fault) in CONTROLLER_STATES {
            let class = if controller & bits != 0 { CONTROLLER } else { 0 };
            report(class, fault);
        }
        report(if controller == 0 { CONTROLLER } else { 0 }, BusFault::Controller);
        report(PROTOCOL, BusFault::Protocol { violations, location });
        report(TRANSCEIVER, BusFault::Transceiver { status: transceiver });
        report(NO_ACKNOWLEDGE, BusFault::NoAcknowledge);
        report(BUS_OFF, BusFault::BusOff);
        report(BUS_ERROR, BusFault::BusError);
        report(RESTARTED, BusFault::Restarted);
        report(COUNTERS, BusFault::Counters { tx, rx });
        report(!NAMED, BusFault::Unknown { classes: self.classes & !NAMED });
        faults
    }
}

/// Bits of the controller's detail byte. The kernel tells reception from transmission; a test bench
/// acts the same on both.
const CONTROLLER_STATES: [(u8, BusFault); 6] = [
    (0x01, BusFault::RxOverflow),
    (0x02, BusFault::TxOverflow),
    (0x0C, BusFault::Warning),
    (0x30, BusFault::Passive),
    (0x40, BusFault::Active),
    (0x80, BusFault::Controller),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_its_fault_and_its_detail() {
        let detail = [7, 0x05, 0x84, 0x19, 0x44, 0, 128, 96];
        let all = ErrorFrame::new(0x3FF | 1 << 20, detail).unwrap().faults();
        let expected = [
            BusFault::TxTimeout,
            BusFault::LostArbitration { bit: 7 },
            BusFault::RxOverflow,
            BusFault::Warning,
            BusFault::Protocol { violations: 0x84, location: 0x19 },
            BusFault::Transceiver { status: 0x44 },
            BusFault::NoAcknowledge,
            BusFault::BusOff,
            BusFault::BusError,
            BusFault::Restarted,
            BusFault::Counters { tx: 128, rx: 96 },
            BusFault::Unknown { classes: 1 << 20 },
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn detail_without_its_class_says_nothing() {
        assert_eq!(ErrorFrame::new(BUS_OFF, [0xFF; 8]).unwrap().faults(), [BusFault::BusOff]);
        assert_eq!(ErrorFrame::new(CONTROLLER, [0; 8]).unwrap().faults(), [BusFault::Controller]);
        assert_eq!(ErrorFrame::new(0, [0xFF; 8]).unwrap().faults(), []);
    }

    #[test]
    fn flag_bits_are_no_classes() {
        assert_eq!(ErrorFrame::new(1 << 29, [0; 8]), None);
    }
}

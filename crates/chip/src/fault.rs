//! The protections, and the bits that stand for them.

/// A protection of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Cell under-voltage.
    Cuv,
    /// Cell over-voltage.
    Cov,
    /// Over-current in charge.
    Occ,
    /// Over-current in discharge, first level.
    Ocd1,
    /// Over-current in discharge, second level.
    Ocd2,
    /// Short circuit in discharge.
    Scd,
    /// Cells too cold to be charged.
    Utc,
    /// Cells too cold to be discharged.
    Utd,
    /// Chip too cold.
    Utint,
    /// Cells too hot to be charged.
    Otc,
    /// Cells too hot to be discharged.
    Otd,
    /// Chip too hot.
    Otint,
    /// Switches too hot.
    Otf,
    /// No word from the host for too long.
    Hwdf,
    /// Pre-charge for too long.
    Pto,
    /// Over-voltage too often.
    Covl,
    /// Over-current in discharge too often.
    Ocdl,
    /// Short circuits too often.
    Scdl,
    /// Over-current in discharge, third level, by the slow converter.
    Ocd3,
}

impl Fault {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 19] = [
        Self::Cuv,
        Self::Cov,
        Self::Occ,
        Self::Ocd1,
        Self::Ocd2,
        Self::Scd,
        Self::Utc,
        Self::Utd,
        Self::Utint,
        Self::Otc,
        Self::Otd,
        Self::Otint,
        Self::Otf,
        Self::Hwdf,
        Self::Pto,
        Self::Covl,
        Self::Ocdl,
        Self::Scdl,
        Self::Ocd3,
    ];

    /// Which of the registers A, B and C, and which bit of it.
    pub const fn place(self) -> (usize, u8) {
        match self {
            Self::Cuv => (0, 2),
            Self::Cov => (0, 3),
            Self::Occ => (0, 4),
            Self::Ocd1 => (0, 5),
            Self::Ocd2 => (0, 6),
            Self::Scd => (0, 7),
            Self::Utc => (1, 0),
            Self::Utd => (1, 1),
            Self::Utint => (1, 2),
            Self::Otc => (1, 4),
            Self::Otd => (1, 5),
            Self::Otint => (1, 6),
            Self::Otf => (1, 7),
            Self::Hwdf => (2, 1),
            Self::Pto => (2, 2),
            Self::Covl => (2, 4),
            Self::Ocdl => (2, 5),
            Self::Scdl => (2, 6),
            Self::Ocd3 => (2, 7),
        }
    }

    /// Its name in the manuals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cuv => "CUV",
            Self::Cov => "COV",
            Self::Occ => "OCC",
            Self::Ocd1 => "OCD1",
            Self::Ocd2 => "OCD2",
            Self::Scd => "SCD",
            Self::Utc => "UTC",
            Self::Utd => "UTD",
            Self::Utint => "UTINT",
            Self::Otc => "OTC",
            Self::Otd => "OTD",
            Self::Otint => "OTINT",
            Self::Otf => "OTF",
            Self::Hwdf => "HWDF",
            Self::Pto => "PTO",
            Self::Covl => "COVL",
            Self::Ocdl => "OCDL",
            Self::Scdl => "SCDL",
            Self::Ocd3 => "OCD3",
        }
    }
}

/// A set of protections as the registers A, B and C have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaultBits(pub [u8; 3]);

impl FaultBits {
    pub fn has(self, fault: Fault) -> bool {
        let (register, bit) = fault.place();
        self.0[register] >> bit & 1 == 1
    }

    pub fn put(&mut self, fault: Fault, is_set: bool) {
        let (register, bit) = fault.place();
        let mask = 1 << bit;
        self.0[register] = if is_set { self.0[register] | mask } else { self.0[register] & !mask };
    }

    pub fn any(self) -> bool {
        self.0 != [0; 3]
    }

    pub fn meets(self, masks: [u8; 3]) -> bool {
        self.0.iter().zip(masks).any(|(own, mask)| own & mask != 0)
    }
}

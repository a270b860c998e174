//! The energy books of a network.

use blackstart_units::Joules;

/// Where the energy came from and went since the start.
///
/// Sources minus losses minus deliveries minus what is stored is zero, but for the integrator's
/// error.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Books {
    /// Given by source voltages; negative where they absorb.
    pub source: Joules,
    /// Taken from the cells' chemistry: ∫ open-circuit voltage × (current + self-discharge).
    pub chemical: Joules,
    /// Lost in resistances, those of gates included, but for the cells' own.
    pub resistive: Joules,
    /// Lost in avalanche clamps and arcs.
    pub clamped: Joules,
    /// Lost in diodes, body diodes included.
    pub diodes: Joules,
    /// Lost in the cells' series resistances.
    pub cell_series: Joules,
    /// Lost in the resistances of the cells' RC pairs.
    pub cell_relaxation: Joules,
    /// Lost to the cells' hysteresis; negative while it gives back.
    pub cell_hysteresis: Joules,
    /// Lost to self-discharge.
    pub self_discharge: Joules,
    /// Delivered to loads.
    pub delivered: Joules,
    /// Now in inductors, capacitors and RC pairs, less what was there at the start.
    pub stored: Joules,
}

impl Books {
    /// What came in.
    pub fn supplied(&self) -> Joules {
        self.source + self.chemical
    }

    /// Every loss with its name, in the order of the fields.
    pub fn losses(&self) -> [(&'static str, Joules); 7] {
        [
            ("resistive", self.resistive),
            ("clamped", self.clamped),
            ("diodes", self.diodes),
            ("cell-series", self.cell_series),
            ("cell-relaxation", self.cell_relaxation),
            ("cell-hysteresis", self.cell_hysteresis),
            ("self-discharge", self.self_discharge),
        ]
    }

    /// What the books are short of: supplied − lost − delivered − stored.
    pub fn residual(&self) -> Joules {
        let lost: Joules = self.losses().into_iter().map(|(_, loss)| loss).sum();
        self.supplied() - lost - self.delivered - self.stored
    }

    /// The energy that changed hands: half the sum of all amounts, since each left one account
    /// and entered another.
    pub fn moved(&self) -> Joules {
        let accounts = [self.source, self.chemical, self.delivered, self.stored];
        let lost: Joules = self.losses().into_iter().map(|(_, loss)| loss.abs()).sum();
        (accounts.into_iter().map(Joules::abs).sum::<Joules>() + lost) * 0.5
    }

    /// Whether the residual is within 0.01 % of the energy moved plus 1 mJ.
    pub fn balance(&self) -> bool {
        self.residual().abs() <= self.moved() * 1e-4 + Joules(1e-3)
    }
}

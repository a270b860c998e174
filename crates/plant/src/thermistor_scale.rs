//! What a reader of a thermistor makes of its divider.

/// From a temperature to what a reader takes it for: the divider's share of the reference voltage in whole
/// codes, and back through the same curve.
#[derive(Clone, Debug)]
pub(crate) struct ThermistorScale {
    /// Temperature and resistance, ascending and falling.
    pub curve: Vec<(f64, f64)>,
    /// Of the divider, Ω.
    pub pull_up: f64,
    /// Of the converter, at full scale.
    pub codes: f64,
}

impl ThermistorScale {
    pub fn read(&self, temperature: f64) -> f64 {
        let resistance = self.resistance(temperature);
        let code = (self.codes * resistance / (resistance + self.pull_up)).round();
        self.temperature(code)
    }

    fn resistance(&self, temperature: f64) -> f64 {
        let ascending = self.curve.iter().map(|&(x, y)| (x, libm::log(y)));
        libm::exp(interpolate(ascending, temperature))
    }

    fn temperature(&self, code: f64) -> f64 {
        let share = (code / self.codes).clamp(0.0, 1.0 - 1e-9);
        let resistance = (self.pull_up * share / (1.0 - share)).max(f64::MIN_POSITIVE);
        let ascending = self.curve.iter().rev().map(|&(x, y)| (libm::log(y), x));
        interpolate(ascending, libm::log(resistance))
    }

    pub fn coldest(&self) -> f64 {
        self.curve.first().map_or(f64::NAN, |point| point.0)
    }

    pub fn hottest(&self) -> f64 {
        self.curve.last().map_or(f64::NAN, |point| point.0)
    }
}

/// Along straight lines between points, whose first numbers ascend; the ends beyond them.
fn interpolate(points: impl Iterator<Item = (f64, f64)>, at: f64) -> f64 {
    let mut before: Option<(f64, f64)> = None;
    for (x, y) in points {
        match before {
            None if at <= x => return y,
            Some((x0, y0)) if at <= x => return y0 + (y - y0) * (at - x0) / (x - x0),
            _ => before = Some((x, y)),
        }
    }
    before.map_or(f64::NAN, |(_, y)| y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_comes_back_within_a_code_and_stays_within_the_table() {
        let curve = vec![(-20.0, 97_000.0), (0.0, 32_650.0), (25.0, 10_000.0), (60.0, 2_488.0)];
        let scale = ThermistorScale { curve, pull_up: 10_000.0, codes: 4096.0 };
        for temperature in [-20.0, -7.5, 0.0, 12.0, 25.0, 45.0, 60.0] {
            let read = scale.read(temperature);
            assert!((read - temperature).abs() < 0.06, "{temperature} reads {read}");
        }
        assert!((scale.read(-50.0) + 20.0).abs() < 0.06);
        assert!((scale.read(200.0) - 60.0).abs() < 0.06);
    }
}

//! The series RLC circuit, solved exactly: what the network must reproduce.
//!
//! A source E drives i through R and L into C. With x = v − E the capacitor voltage obeys
//! x″ + 2αx′ + ω₀²x = 0, α = R/2L, ω₀² = 1/LC, whose solutions every textbook has.

/// A series RLC circuit from a given state.
#[derive(Clone, Copy, Debug)]
pub struct Rlc {
    /// Source, V. A clamp of V in the loop counts as a source of −V.
    pub emf: f64,
    /// Sum of all resistances, Ω.
    pub resistance: f64,
    /// H.
    pub inductance: f64,
    /// F.
    pub capacitance: f64,
    /// Current at time zero, A.
    pub current: f64,
    /// Capacitor voltage at time zero, V.
    pub voltage: f64,
}

impl Rlc {
    fn alpha(&self) -> f64 {
        self.resistance / (2.0 * self.inductance)
    }

    /// α² − ω₀²: negative rings, positive creeps.
    fn discriminant(&self) -> f64 {
        self.alpha() * self.alpha() - 1.0 / (self.inductance * self.capacitance)
    }

    /// Current and capacitor voltage `t` seconds on.
    pub fn at(&self, t: f64) -> (f64, f64) {
        let (alpha, discriminant) = (self.alpha(), self.discriminant());
        let (x, slope) = (self.voltage - self.emf, self.current / self.capacitance);
        let (x_t, slope_t) = if discriminant < 0.0 {
            let omega = (-discriminant).sqrt();
            let (cos, sin, decay) =
                (libm::cos(omega * t), libm::sin(omega * t), libm::exp(-alpha * t));
            let quadrature = (slope + alpha * x) / omega;
            let x_t = decay * (x * cos + quadrature * sin);
            (x_t, decay * omega * (quadrature * cos - x * sin) - alpha * x_t)
        } else {
            let (fast, slow) = self.rates();
            let a = (slope - slow * x) / (fast - slow);
            let b = (fast * x - slope) / (fast - slow);
            let (a, b) = (a * libm::exp(fast * t), b * libm::exp(slow * t));
            (a + b, fast * a + slow * b)
        };
        (self.capacitance * slope_t, self.emf + x_t)
    }

    /// The two decay rates of a creeping circuit, both negative; the slow one without cancellation.
    fn rates(&self) -> (f64, f64) {
        let fast = -self.alpha() - self.discriminant().sqrt();
        (fast, 1.0 / (self.inductance * self.capacitance) / fast)
    }

    /// Time and value of the first maximum of the current.
    pub fn peak(&self) -> (f64, f64) {
        let slope = |t: f64| {
            let (current, voltage) = self.at(t);
            self.emf - self.resistance * current - voltage
        };
        // The slope is positive before the maximum and negative for long after it.
        let span = match self.discriminant() {
            d if d < 0.0 => std::f64::consts::PI / (-d).sqrt(),
            _ => {
                let (fast, slow) = self.rates();
                2.0 * libm::log(fast / slow) / (slow - fast)
            }
        };
        let t = root(0.0, span, |t| -slope(t));
        (t, self.at(t).0)
    }

    /// ∫i² dt over `t` seconds, from the balance of energies, A²s.
    pub fn joule_integral(&self, t: f64) -> f64 {
        let (current, voltage) = self.at(t);
        let given = self.emf * self.capacitance * (voltage - self.voltage);
        let stored = 0.5 * self.capacitance * (voltage * voltage - self.voltage * self.voltage)
            + 0.5 * self.inductance * (current * current - self.current * self.current);
        (given - stored) / self.resistance
    }

    /// When the current first falls to zero, given that it does so within `span` seconds.
    pub fn current_zero(&self, span: f64) -> f64 {
        root(0.0, span, |t| -self.at(t).0)
    }

    /// When the capacitor first rises to `level`, given that it does so, once, within `span` seconds.
    pub fn rises_to(&self, level: f64, span: f64) -> f64 {
        root(0.0, span, |t| self.at(t).1 - level)
    }
}

/// The zero of a function that is negative at `from` and positive at `to`.
pub fn root(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    assert!(f(to) > 0.0, "no sign change up to {to}");
    let (mut low, mut high) = (from, to);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
}

#[test]
fn closed_form_has_the_peak_that_ngspice_finds() {
    let hard = Rlc {
        emf: 52.8,
        resistance: 0.029_001,
        inductance: 2e-6,
        capacitance: 8e-3,
        current: 0.0,
        voltage: 0.0,
    };
    let (t, peak) = hard.peak();
    assert!((t - 130.107e-6).abs() < 1e-9 && (peak - 1300.1405).abs() < 1e-4, "{peak} A at {t} s");
    assert!((hard.joule_integral(0.01) - 384.516).abs() < 1e-3);
}

#[test]
fn closed_form_creeps_as_its_own_derivative_says() {
    let slow = Rlc {
        emf: 52.8,
        resistance: 0.5,
        inductance: 2e-6,
        capacitance: 8e-3,
        current: 3.0,
        voltage: 1.0,
    };
    for t in [1e-6, 1e-4, 5e-3] {
        let step = 1e-3 * t;
        let ((before, _), (after, _), (at, voltage)) =
            (slow.at(t - step), slow.at(t + step), slow.at(t));
        let derivative = (after - before) / (2.0 * step);
        let expected = (slow.emf - slow.resistance * at - voltage) / slow.inductance;
        assert!(
            (derivative - expected).abs() < 1e-4 * expected.abs() + 1.0,
            "{derivative} against {expected}"
        );
    }
}

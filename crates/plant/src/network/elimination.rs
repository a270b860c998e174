//! Node potentials by star-mesh elimination, in an order that the drawing decides.
//!
//! Taking a node out of a net of conductances leaves, between each two of its neighbours, the product of
//! theirs over the sum of all that met there. Nothing is subtracted, so that where every conductance is
//! positive every potential is right to its last digits, whatever lies between a busbar and an open
//! switch; and in a fixed order what has no neighbour costs nothing. Nodes at which only conductances meet
//! that hold for a whole step come first and stay eliminated as long as these are what they were; those of
//! cells and loads, whose tangents turn with every round of Newton's method, come last.
//!
//! A load of constant power is a negative conductance. Where one cancels what it meets, the digits are
//! gone: then the whole system is solved with pivoting.

use super::dense_matrix::{LinearSystem, Singular};

/// Share of the sum of magnitudes that must be left of a sum of conductances: of sixteen digits twelve.
const LEAST_LEFT: f64 = 1e-4;

/// A conductance of the net: of an element, or one that eliminating a node leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Leg {
    to: usize,
    slot: usize,
}

/// One node as it is taken out: its neighbours that are still there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EliminatedNode {
    node: usize,
    legs: Vec<Leg>,
    /// Slots between each two of the neighbours: of the first with the later ones, of the second …
    meshes: Vec<usize>,
}

/// In which order the nodes of a drawing are eliminated, and what that touches.
///
/// Slot `k` of the conductances is from node `k` to ground; the first is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elimination {
    steps: Vec<EliminatedNode>,
    /// So many of the steps hold for a whole step of the solver.
    lasting: usize,
    nodes: usize,
    slots: usize,
    /// Slot of each element, in the order in which they were given.
    elements: Vec<usize>,
}

/// Numbers of one elimination.
#[derive(Debug, Clone, Default)]
pub(super) struct NodalBench {
    /// Resistances for which `reduced` holds.
    held_for: Vec<f64>,
    /// Conductances with the lasting nodes eliminated, and those alone that lead away from these.
    reduced: Vec<f64>,
    working: Vec<f64>,
    /// One over the sum of what meets at each step's node.
    impedance: Vec<f64>,
    /// Currents into the nodes from what lasts, and with everything.
    forced: Vec<f64>,
    right: Vec<f64>,
    potentials: Vec<f64>,
    /// Whether what lasts can be eliminated at all.
    is_sound: bool,
    pivoted: LinearSystem,
}

/// An element between two nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ElementEnds {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether its conductance holds for a whole step.
    pub(super) lasts: bool,
}

impl Elimination {
    /// Plans it for elements between `nodes` nodes, ground first: the node with the fewest neighbours first,
    /// of several the first.
    pub(super) fn new(nodes: usize, spans: &[ElementEnds]) -> Self {
        let mut plan = Planner { slot: vec![vec![None; nodes]; nodes], slots: nodes };
        let elements = spans.iter().map(|span| plan.connect(span.from, span.to)).collect();
        let mut turns = vec![false; nodes];
        for span in spans.iter().filter(|span| !span.lasts) {
            turns[span.from] = true;
            turns[span.to] = true;
        }
        let mut left: Vec<usize> = (1..nodes).collect();
        let mut steps = Vec::with_capacity(left.len());
        let lasting = left.iter().filter(|&&node| !turns[node]).count();
        while !left.is_empty() {
            let degree =
                |node: usize| left.iter().filter(|&&to| plan.slot[node][to].is_some()).count();
            let next = (0..left.len()).min_by_key(|&k| (turns[left[k]], degree(left[k])));
            let Some(node) = next.map(|k| left.remove(k)) else { break };
            let legs: Vec<Leg> = left
                .iter()
                .filter_map(|&to| Some(Leg { to, slot: plan.slot[node][to]? }))
                .collect();
            let mut meshes = Vec::new();
            for (k, one) in legs.iter().enumerate() {
                meshes.extend(legs[k + 1..].iter().map(|other| plan.connect(one.to, other.to)));
            }
            steps.push(EliminatedNode { node, legs, meshes });
        }
        Self { steps, lasting, nodes, slots: plan.slots, elements }
    }

    pub(super) fn bench(&self) -> NodalBench {
        NodalBench {
            held_for: Vec::new(),
            reduced: vec![0.0; self.slots],
            working: vec![0.0; self.slots],
            impedance: vec![0.0; self.steps.len()],
            forced: vec![0.0; self.nodes],
            right: vec![0.0; self.nodes],
            potentials: vec![0.0; self.nodes],
            // Where nothing lasts there is nothing to eliminate before.
            is_sound: self.lasting == 0,
            pivoted: LinearSystem::new(self.nodes.saturating_sub(1)),
        }
    }

    /// Eliminates what lasts: elements of these sources and resistances, each with its place and its ends.
    /// Costs little where the resistances are those of the last time.
    pub(super) fn begin(
        &self,
        bench: &mut NodalBench,
        lasting: impl Iterator<Item = (usize, ElementEnds, (f64, f64))> + Clone,
    ) {
        let mut held = bench.held_for.iter();
        let is_held = lasting.clone().all(|(_, _, (_, r))| held.next() == Some(&r));
        if !is_held || held.next().is_some() {
            bench.held_for.clear();
            bench.held_for.extend(lasting.clone().map(|(_, _, (_, resistance))| resistance));
            bench.reduced.fill(0.0);
            for (element, _, (_, resistance)) in lasting.clone() {
                bench.reduced[self.elements[element]] += 1.0 / resistance;
            }
            let steps = 0..self.lasting;
            bench.is_sound = self.reduce(steps, &mut bench.reduced, &mut bench.impedance);
        }
        bench.forced.fill(0.0);
        for (_, span, (emf, resistance)) in lasting {
            let source = emf / resistance;
            bench.forced[span.from] -= source;
            bench.forced[span.to] += source;
        }
        self.carry(0..self.lasting, &bench.reduced, &bench.impedance, &mut bench.forced);
    }

    /// Before the tangents of a round are added.
    pub(super) fn begin_round(&self, bench: &mut NodalBench) {
        bench.working.copy_from_slice(&bench.reduced);
        bench.right.copy_from_slice(&bench.forced);
    }

    /// Adds `conductance·(v_from − v_to) + source` to the current that leaves `from` for `to`.
    pub(super) fn stamp(
        &self,
        bench: &mut NodalBench,
        element: usize,
        span: ElementEnds,
        (conductance, source): (f64, f64),
    ) {
        bench.working[self.elements[element]] += conductance;
        bench.right[span.from] -= source;
        bench.right[span.to] += source;
    }

    /// The potentials, ground first; `None` where digits are lost, and everything must be stamped into a
    /// system with pivoting.
    pub(super) fn solve<'a>(&self, bench: &'a mut NodalBench) -> Option<&'a [f64]> {
        let NodalBench { working, impedance, right, potentials, is_sound, .. } = bench;
        let turning = self.lasting..self.steps.len();
        if !*is_sound || !self.reduce(turning.clone(), working, impedance) {
            return None;
        }
        self.carry(turning, working, impedance, right);
        for (step, &impedance) in self.steps.iter().zip(impedance.iter()).rev() {
            let near: f64 =
                step.legs.iter().map(|leg| working[leg.slot] * potentials[leg.to]).sum();
            potentials[step.node] = (right[step.node] + near) * impedance;
        }
        Some(potentials)
    }

    /// Takes nodes out of the net; whether none of them was lost in cancellation.
    fn reduce(
        &self,
        steps: std::ops::Range<usize>,
        conductances: &mut [f64],
        impedance: &mut [f64],
    ) -> bool {
        for (step, impedance) in self.steps[steps.clone()].iter().zip(&mut impedance[steps]) {
            let grounded = conductances[step.node];
            let (mut sum, mut size) = (grounded, grounded.abs());
            for leg in &step.legs {
                sum += conductances[leg.slot];
                size += conductances[leg.slot].abs();
            }
            // Also true for what is no number.
            if !(sum > LEAST_LEFT * size && sum.is_finite()) {
                return false;
            }
            *impedance = 1.0 / sum;
            let mut meshes = step.meshes.iter();
            for (k, leg) in step.legs.iter().enumerate() {
                let share = conductances[leg.slot] * *impedance;
                conductances[leg.to] += share * grounded;
                for (other, &mesh) in step.legs[k + 1..].iter().zip(&mut meshes) {
                    conductances[mesh] += share * conductances[other.slot];
                }
            }
        }
        true
    }

    /// Carries currents into nodes that are taken out on to their neighbours.
    fn carry(
        &self,
        steps: std::ops::Range<usize>,
        conductances: &[f64],
        impedance: &[f64],
        right: &mut [f64],
    ) {
        for (step, impedance) in self.steps[steps.clone()].iter().zip(&impedance[steps]) {
            let voltage = right[step.node] * impedance;
            for leg in &step.legs {
                right[leg.to] += conductances[leg.slot] * voltage;
            }
        }
    }
}

impl NodalBench {
    /// The same by pivoting, from all elements.
    pub(super) fn pivoted(
        &mut self,
        elements: impl Iterator<Item = (ElementEnds, (f64, f64))>,
    ) -> Result<&[f64], Singular> {
        self.pivoted.clear();
        for (span, (conductance, source)) in elements {
            for (node, other, sign) in [(span.from, span.to, 1.0), (span.to, span.from, -1.0)] {
                if node > 0 {
                    self.pivoted.add(node - 1, node - 1, conductance);
                    self.pivoted.add_right(node - 1, -sign * source);
                    if other > 0 {
                        self.pivoted.add(node - 1, other - 1, -conductance);
                    }
                }
            }
        }
        let solution = self.pivoted.solve()?;
        self.potentials[1..].copy_from_slice(solution);
        Ok(&self.potentials)
    }
}

/// The net while an order is being found.
struct Planner {
    slot: Vec<Vec<Option<usize>>>,
    slots: usize,
}

impl Planner {
    /// The slot between two nodes.
    fn connect(&mut self, from: usize, to: usize) -> usize {
        if from == 0 || to == 0 {
            return from.max(to);
        }
        if let Some(slot) = self.slot[from][to] {
            return slot;
        }
        let slot = self.slots;
        self.slots += 1;
        self.slot[from][to] = Some(slot);
        self.slot[to][from] = Some(slot);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An element with its conductance and the current that it drives, both whole numbers.
    type Element = (ElementEnds, (i128, i128));

    fn element(from: usize, to: usize, lasts: bool, conductance: i128) -> Element {
        (ElementEnds { from, to, lasts }, (conductance, 0))
    }

    /// A whole current into a node from ground.
    fn source(into: usize, current: i128) -> Element {
        (ElementEnds { from: 0, to: into, lasts: false }, (0, current))
    }

    fn solve(nodes: usize, elements: &[Element]) -> (Vec<f64>, bool) {
        let spans: Vec<ElementEnds> = elements.iter().map(|one| one.0).collect();
        let plan = Elimination::new(nodes, &spans);
        let mut bench = plan.bench();
        let lasting = elements.iter().enumerate().filter(|(_, one)| one.0.lasts);
        let line = |(g, s): (i128, i128)| (s as f64 / g as f64, 1.0 / g as f64);
        plan.begin(&mut bench, lasting.map(|(k, one)| (k, one.0, line(one.1))));
        plan.begin_round(&mut bench);
        let values = |(g, s): (i128, i128)| (g as f64, s as f64);
        for (k, one) in elements.iter().enumerate().filter(|(_, one)| !one.0.lasts) {
            plan.stamp(&mut bench, k, one.0, values(one.1));
        }
        match plan.solve(&mut bench) {
            Some(found) => (found.to_vec(), false),
            None => {
                let all = elements.iter().map(|one| (one.0, values(one.1)));
                (bench.pivoted(all).unwrap().to_vec(), true)
            }
        }
    }

    fn determinant(matrix: &[Vec<i128>]) -> i128 {
        let Some((first, rest)) = matrix.split_first() else { return 1 };
        let minor = |column: usize| -> Vec<Vec<i128>> {
            let keep = |row: &Vec<i128>| [&row[..column], &row[column + 1..]].concat();
            rest.iter().map(keep).collect()
        };
        let sign = |column: usize| if column.is_multiple_of(2) { 1 } else { -1 };
        let terms = first.iter().enumerate().filter(|(_, value)| **value != 0);
        terms.map(|(column, value)| sign(column) * value * determinant(&minor(column))).sum()
    }

    /// The potentials as ratios of whole numbers, by Cramer's rule.
    fn exact(nodes: usize, elements: &[Element]) -> Vec<(i128, i128)> {
        let mut matrix = vec![vec![0; nodes - 1]; nodes - 1];
        let mut right = vec![0; nodes - 1];
        for &(span, (conductance, current)) in elements {
            for (node, other, sign) in [(span.from, span.to, 1), (span.to, span.from, -1)] {
                if node > 0 {
                    matrix[node - 1][node - 1] += conductance;
                    right[node - 1] -= sign * current;
                    if other > 0 {
                        matrix[node - 1][other - 1] -= conductance;
                    }
                }
            }
        }
        let of = |column: usize| {
            let mut replaced = matrix.clone();
            replaced.iter_mut().zip(&right).for_each(|(row, value)| row[column] = *value);
            determinant(&replaced)
        };
        let all = determinant(&matrix);
        (0..nodes - 1).map(|column| (of(column), all)).collect()
    }

    /// Bits of a conductance, so that no determinant of so many nodes overflows.
    const BITS: [u32; 6] = [0, 0, 50, 34, 25, 19];

    fn nets() -> impl Strategy<Value = (usize, Vec<Element>)> {
        (2usize..=5).prop_flat_map(|unknown| {
            let ends = (0..=unknown, 0..=unknown, any::<bool>(), 0..BITS[unknown], 0i128..8);
            let drawn = ends.prop_filter_map("two ends", |(from, to, lasts, bits, more)| {
                (from != to).then(|| element(from, to, lasts, (1 << bits) + more))
            });
            let ladder = prop::collection::vec((0..BITS[unknown], any::<bool>()), unknown);
            let sources = prop::collection::vec(0i128..100, unknown);
            let parts = (prop::collection::vec(drawn, 0..8), ladder, sources);
            parts.prop_map(move |(mut all, ladder, sources)| {
                let rungs = ladder.into_iter().enumerate();
                all.extend(rungs.map(|(k, (bits, lasts))| element(k, k + 1, lasts, 1 << bits)));
                let into = sources.into_iter().enumerate();
                all.extend(into.map(|(k, current)| source(k + 1, current)));
                (unknown + 1, all)
            })
        })
    }

    proptest! {
        #[test]
        fn potentials_are_right_to_their_last_digits((nodes, elements) in nets()) {
            let (found, pivoted) = solve(nodes, &elements);
            prop_assert!(!pivoted);
            for (found, (above, below)) in found[1..].iter().zip(exact(nodes, &elements)) {
                let exact = above as f64 / below as f64;
                prop_assert!((found - exact).abs() <= 1e-12 * exact.abs(), "{found} {exact}");
            }
        }

        #[test]
        fn constant_power_costs_no_digits(
            (nodes, mut elements) in nets(), at in 1usize..3, share in 1i128..200,
        ) {
            let at = at.min(nodes - 1);
            let own = |one: &&Element| one.0.from == at || one.0.to == at;
            let sum: i128 = elements.iter().filter(own).map(|one| one.1.0).sum();
            elements.push(element(at, 0, false, -(sum * share / 100)));
            let exact = exact(nodes, &elements);
            prop_assume!(exact[0].1 != 0);
            let (found, pivoted) = solve(nodes, &elements);
            let exact: Vec<f64> = exact.iter().map(|(a, b)| *a as f64 / *b as f64).collect();
            // What its own last digit may move: how much the potentials answer to its conductance.
            let mut nudged = elements.clone();
            nudged.push(source(at, 1));
            let most = exact.iter().fold(0.0f64, |most, one| most.max(one.abs()));
            let answer = self::exact(nodes, &nudged);
            let answer = answer.iter().zip(&exact).map(|((a, b), exact)| {
                (*a as f64 / *b as f64 - exact).abs() * sum as f64
            });
            let stiff = answer.fold(1.0f64, f64::max);
            for (found, exact) in found[1..].iter().zip(&exact) {
                // With pivots it is as good as pivots are: right for a net that is another by last digits.
                let allowed = stiff * if pivoted { 1e-6 } else { 1e-12 };
                let error = (found - exact).abs();
                prop_assert!(error <= allowed * most.max(1e-9), "{found} {exact} {pivoted}");
            }
        }
    }

    #[test]
    fn what_cancels_is_solved_with_pivots() {
        let elements = [
            element(1, 2, true, 1),
            element(2, 0, true, 1),
            element(1, 0, false, -1),
            source(2, 3),
        ];
        // v1 − v2 = v1 leaves v2 at nothing, and so −v1 + 2·v2 = 3.
        let (found, pivoted) = solve(3, &elements);
        assert!(pivoted);
        assert_eq!(found, [0.0, -3.0, 0.0]);
    }

    /// From its ends or from anywhere: what is in the middle of a chain has two neighbours at most.
    #[test]
    fn a_chain_of_eighty_costs_eighty_times_as_much_as_one() {
        let chain: Vec<ElementEnds> =
            (0..80).map(|k| ElementEnds { from: k, to: k + 1, lasts: true }).collect();
        let plan = Elimination::new(81, &chain);
        assert_eq!(plan.slots, 81 + 79);
        assert!(plan.steps.iter().all(|step| step.legs.len() <= 1), "{plan:?}");
    }
}

//! The energy books, and whether they close.

use crate::{Energy, EnergyBooks, EnergyShare, Rounded};

/// Share of the energy moved that the books may leave unexplained …
const RESIDUAL_SHARE: f64 = 1e-4;
/// … plus this much, for runs that move next to nothing.
const RESIDUAL_J: f64 = 1e-3;

/// What the verdict says of the books.
pub(crate) fn energy(books: &EnergyBooks) -> Energy {
    Energy {
        sources_j: books.sources_j.into(),
        stored_change_j: books.stored_change_j.into(),
        delivered: shares(&books.delivered),
        losses: shares(&books.losses),
        closed: closes(books),
    }
}

/// The residual that these books may have.
pub(crate) fn allowed_residual_j(books: &EnergyBooks) -> f64 {
    RESIDUAL_SHARE * books.moved_j + RESIDUAL_J
}

fn closes(books: &EnergyBooks) -> bool {
    // A residual that is not a number compares false: such books are open.
    books.residual_j.abs() <= allowed_residual_j(books) && gains(books).next().is_none()
}

/// Losses that are gains: what no loss can be. One that is not a number is among them.
pub(crate) fn gains(books: &EnergyBooks) -> impl Iterator<Item = &(String, f64)> {
    let allowed = allowed_residual_j(books);
    books.losses.iter().filter(move |(_, loss)| loss.is_nan() || *loss < -allowed)
}

fn shares(places: &[(String, f64)]) -> Vec<EnergyShare> {
    let share = |(place, energy): &(String, f64)| EnergyShare {
        place: place.clone(),
        energy_j: Rounded::new(*energy),
    };
    places.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_close_up_to_their_limit_and_never_without_a_number() {
        let books =
            |residual_j| EnergyBooks { residual_j, moved_j: 100.0, ..EnergyBooks::default() };
        assert!(closes(&books(0.011)));
        assert!(closes(&books(-0.011)));
        assert!(!closes(&books(0.011_000_1)));
        assert!(!closes(&books(f64::NAN)));
    }

    #[test]
    fn a_loss_below_zero_opens_the_books_beyond_the_same_limit() {
        let books = |loss_j: f64| EnergyBooks {
            losses: vec![("resistive".into(), 1.0), ("inverter-1 conversion".into(), loss_j)],
            moved_j: 100.0,
            ..EnergyBooks::default()
        };
        assert!(closes(&books(0.0)));
        assert!(closes(&books(-0.011)));
        assert!(!closes(&books(-0.011_000_1)));
        assert!(!closes(&books(f64::NAN)));
    }
}

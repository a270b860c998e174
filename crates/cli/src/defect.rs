//! Panics, which are defects of Blackstart: reported in a sentence, and kept from ending more than they must.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use crate::failure::Failure;

thread_local! {
    /// What the newest panic of this thread said, and where.
    static NEWEST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic is kept for [`caught`] instead of printed.
pub fn listen() {
    panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("a panic without words");
        let place = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
        let text = format!("{what}{}", place.unwrap_or_default());
        NEWEST.with(|newest| *newest.borrow_mut() = Some(text));
    }));
}

/// What a function returns, or the failure that its panic is. What it was working on must not be used
/// afterwards.
///
/// # Errors
/// Its own, and [`Failure::Defect`].
pub fn caught<T>(function: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    panic::catch_unwind(AssertUnwindSafe(function)).unwrap_or_else(|_| {
        let what = NEWEST.with(|newest| newest.borrow_mut().take());
        Err(Failure::Defect { what: what.unwrap_or_else(|| "a panic".to_owned()) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_panic_is_a_failure_with_its_words_and_its_place() {
        listen();
        let failure = caught::<()>(|| panic!("no {}", "luck")).unwrap_err();
        let _ = panic::take_hook();
        let text = failure.to_string();
        assert!(text.contains("no luck") && text.contains("defect.rs:"), "{text}");
        assert_eq!(failure.exit(), Exit::Defect);
        assert!(failure.hint().is_some());
        assert!(caught(|| Ok(1)).is_ok_and(|one| one == 1));
    }
}

//! Work on several threads, with results in the order of what was asked for.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::failure::Failure;

/// As many as this machine runs at once.
pub fn all_cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Does the work on so many threads and takes each result on this one, in the order of the items. Work that
/// gives nothing leaves its item out and ends what has not begun, as a failure to take a result does.
///
/// # Errors
/// The first one of taking a result.
pub fn in_order<T: Sync, R: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    work: impl Fn(&T) -> Option<R> + Sync,
    mut take: impl FnMut(usize, R) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let (results, finished) = mpsc::channel();
    let serve = |results: mpsc::Sender<(usize, Option<R>)>| {
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            let result = work(item);
            if result.is_none() {
                next.store(items.len(), Ordering::Relaxed);
            }
            // Who takes them has had enough.
            if results.send((index, result)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs.get().min(items.len()) {
            let (results, serve) = (results.clone(), &serve);
            scope.spawn(move || serve(results));
        }
        drop(results);
        let (mut waiting, mut due) = (BTreeMap::new(), 0);
        let mut failure = None;
        for (index, result) in finished {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&due) {
                let (at, taken) = (due, result.filter(|_| failure.is_none()));
                due += 1;
                if let Some(Err(error)) = taken.map(|result| take(at, result)) {
                    next.store(items.len(), Ordering::Relaxed);
                    failure = Some(error);
                }
            }
        }
        failure.map_or(Ok(()), Err)
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;

    fn jobs(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn results_come_in_order_however_long_each_takes() {
        let items: Vec<u64> = (0..40).collect();
        for count in [1, 3, 64] {
            let mut taken = Vec::new();
            let work = |item: &u64| {
                thread::sleep(Duration::from_micros((40 - item) * 50));
                Some(item * 2)
            };
            let take = |index, result| {
                taken.push((index as u64, result));
                Ok(())
            };
            in_order(&items, jobs(count), work, take).unwrap();
            let expected: Vec<(u64, u64)> = items.iter().map(|item| (*item, item * 2)).collect();
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn nothing_begins_after_an_interrupt_and_what_was_finished_is_taken() {
        let items: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let mut taken = Vec::new();
        let work = |item: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            (*item != 5).then_some(*item)
        };
        let take = |_, result| {
            taken.push(result);
            Ok(())
        };
        in_order(&items, jobs(1), work, take).unwrap();
        assert_eq!((taken, begun.load(Ordering::Relaxed)), (vec![0, 1, 2, 3, 4], 6));
    }

    #[test]
    fn a_result_that_cannot_be_taken_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let take = |index: usize, _| match index {
            3 => Err(Failure::NoProject { from: PathBuf::from("here") }),
            _ => Ok(()),
        };
        let failure = in_order(&items, jobs(2), |item| Some(*item), take).unwrap_err();
        assert!(matches!(failure, Failure::NoProject { .. }));
        in_order(&[], jobs(2), |item: &usize| Some(*item), |_, _| Ok(())).unwrap();
    }
}

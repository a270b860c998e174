use blackstart_report::story;

use crate::runs;

#[test]
fn print() {
    for (name, trace) in runs::all() {
        println!("== {name}\n{}", story(&trace));
    }
}

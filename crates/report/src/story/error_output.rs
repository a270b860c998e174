//! What the processes of devices wrote to standard error, at the end of a story.

use super::push;

/// A heading, and the text below it, line by line. Nothing of a device that wrote nothing.
pub fn error_output(role: &str, text: &str) -> String {
    let mut reported = String::new();
    if text.is_empty() {
        return reported;
    }
    push(&mut reported, "");
    push(&mut reported, &format!("{role} wrote to standard error, at the end:"));
    text.lines().for_each(|line| push(&mut reported, &format!("  {line}")));
    reported
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_stands_below_its_heading_and_long_lines_are_cut() {
        assert_eq!(error_output("a.bms", ""), "");
        let reported = error_output("a.bms", &format!("first\n{}", "x".repeat(300)));
        let lines: Vec<&str> = reported.lines().collect();
        assert_eq!(lines[..3], ["", "a.bms wrote to standard error, at the end:", "  first"]);
        assert_eq!((lines.len(), lines[3].chars().count()), (4, super::super::WIDTH));
    }
}

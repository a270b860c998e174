//! What a device wrote to standard error, in the sentence that says how it was lost.
//!
//! The verdict's judged half has the sentence without it: what a program writes there may have process
//! numbers and addresses in it, and the same run must be judged in the same words. The whole of it
//! stands in the basis and at the end of the story.

use blackstart_verdict::{Reason, ReasonCode, Verdict};

/// Longest quotation, in characters.
const LONGEST: usize = 160;

/// A sentence about a device that is lost, with the last line that it wrote; the sentence alone of one that
/// wrote nothing.
pub fn quoting(sentence: String, output: &str) -> String {
    let Some(line) = output.lines().map(str::trim).rfind(|line| !line.is_empty()) else {
        return sentence;
    };
    let mut said: String = line.chars().take(LONGEST).collect();
    if said.len() < line.len() {
        said.push('…');
    }
    format!("{sentence}, having written \"{said}\" to standard error")
}

/// The reasons of a verdict, those about lost devices with what they wrote.
pub fn reasons(verdict: &Verdict) -> Vec<Reason> {
    let quoted = |mut reason: Reason| {
        let is_of = |role: &str| reason.text.strip_prefix(role).is_some_and(|s| s.starts_with(' '));
        if reason.code == ReasonCode::DutLost
            && let Some(link) = verdict.basis.links.iter().find(|link| is_of(&link.role))
        {
            reason.text = quoting(reason.text, &link.error_output);
        }
        reason
    };
    verdict.judged.reasons.iter().cloned().map(quoted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_quoted_and_cut() {
        let sentence = || "exited with code 3".to_owned();
        assert_eq!(quoting(sentence(), " \n"), sentence());
        let quoted = quoting(sentence(), "Traceback\n  on fire\n\n");
        assert_eq!(quoted, "exited with code 3, having written \"on fire\" to standard error");
        assert!(quoting(sentence(), &"ä".repeat(500)).contains(&("ä".repeat(160) + "…\"")));
    }
}

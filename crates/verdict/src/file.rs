//! Verdict files: versioned JSON in a stable key order.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Basis, Judged};

/// The version of both formats that this build reads and writes.
const SCHEMA: u32 = 2;

/// A whole verdict: what was judged, and from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The half that is compared.
    pub judged: Judged,
    /// BLAKE3 over every record of the trace that it was judged from: equal where two runs are equal bit for
    /// bit. It stands beside `judged`, because it says of a change that there is one, and never which.
    pub trace_digest: String,
    /// The half that is not.
    pub basis: Basis,
}

/// An accepted verdict: the judged half alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// What was accepted.
    pub judged: Judged,
}

/// Why a text is no verdict file.
#[derive(Debug, Error)]
pub enum VerdictFileError {
    /// Not JSON, or not of this form.
    #[error("not a verdict file of this version: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A newer or unknown version.
    #[error("schema {found}, this build reads schema {SCHEMA}")]
    Schema {
        /// What the file says.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Verdict,
    AcceptedVerdict,
}

/// Read first, so that a newer file is refused for its version and not for a key that it adds.
#[derive(Deserialize)]
struct Header {
    schema: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerdictDocument<J, B> {
    schema: u32,
    kind: Kind,
    judged: J,
    trace_digest: String,
    basis: B,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptedDocument<J> {
    schema: u32,
    kind: Kind,
    judged: J,
}

impl Verdict {
    /// The text of `verdict.json`, newline at its end.
    pub fn to_json(&self) -> String {
        let Self { judged, trace_digest, basis } = self;
        let trace_digest = trace_digest.clone();
        write(&VerdictDocument { schema: SCHEMA, kind: Kind::Verdict, judged, trace_digest, basis })
    }

    /// Reads what [`Verdict::to_json`] wrote.
    ///
    /// # Errors
    /// If the text is no verdict of this version.
    pub fn from_json(text: &str) -> Result<Self, VerdictFileError> {
        let document = read::<VerdictDocument<Judged, Basis>>(text)?;
        let VerdictDocument { judged, trace_digest, basis, .. } = document;
        Ok(Self { judged, trace_digest, basis })
    }
}

impl Accepted {
    /// The text of an accepted verdict, newline at its end.
    pub fn to_json(&self) -> String {
        write(&AcceptedDocument {
            schema: SCHEMA,
            kind: Kind::AcceptedVerdict,
            judged: &self.judged,
        })
    }

    /// Reads what [`Accepted::to_json`] wrote.
    ///
    /// # Errors
    /// If the text is no accepted verdict of this version.
    pub fn from_json(text: &str) -> Result<Self, VerdictFileError> {
        let AcceptedDocument { judged, .. } = read::<AcceptedDocument<Judged>>(text)?;
        Ok(Self { judged })
    }
}

fn write(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document)
        .expect("every key of a verdict is a string and every value has a JSON form");
    text.push('\n');
    text
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, VerdictFileError> {
    let Header { schema: found } = serde_json::from_str(text)?;
    if found != SCHEMA {
        return Err(VerdictFileError::Schema { found });
    }
    Ok(serde_json::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn what_was_written_reads_back_the_same() {
        let verdict = SampleRun::hard_connect().verdict();
        assert_eq!(Verdict::from_json(&verdict.to_json()).unwrap(), verdict);
        let accepted = Accepted { judged: verdict.judged };
        assert_eq!(Accepted::from_json(&accepted.to_json()).unwrap(), accepted);
    }

    #[test]
    fn a_newer_version_is_refused_for_its_version() {
        let error = Accepted::from_json(r#"{"schema": 3, "new": true}"#).unwrap_err();
        assert_eq!(error.to_string(), "schema 3, this build reads schema 2");
    }

    #[test]
    fn a_verdict_is_no_accepted_verdict() {
        let text = SampleRun::hard_connect().verdict().to_json();
        assert!(matches!(Accepted::from_json(&text), Err(VerdictFileError::Malformed(_))));
    }
}

//! The parts of an assembly, as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

/// A part as it is written: held against the schema of its own type once its device file is known.
#[derive(Clone, Debug, Deserialize)]
pub struct PartEntry(#[expect(dead_code, reason = "read from the span tree")] serde_json::Value);

impl JsonSchema for PartEntry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PartEntry".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A part: a device file by name with what differs here, or a device of its own.",
            "additionalProperties": true
        })
    }
}

//! A protection by its short name, as files write it.

use std::borrow::Cow;
use std::sync::LazyLock;

use blackstart_roles::Protection;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A protection's short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtectionName(pub Protection);

impl<'de> Deserialize<'de> for ProtectionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static NAMES: LazyLock<Vec<&str>> =
            LazyLock::new(|| Protection::ALL.iter().map(|one| one.name()).collect());
        let name = String::deserialize(deserializer)?;
        let unknown = || D::Error::unknown_variant(&name, &NAMES);
        Protection::named(&name).map(Self).ok_or_else(unknown)
    }
}

impl Serialize for ProtectionName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl JsonSchema for ProtectionName {
    fn schema_name() -> Cow<'static, str> {
        "ProtectionName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |protection: Protection| {
            serde_json::json!({
                "const": protection.name(),
                "description": protection.meaning(),
                "type": "string",
            })
        };
        let all: Vec<_> = Protection::ALL.into_iter().map(one).collect();
        json_schema!({"description": "A protection's short name.", "oneOf": all})
    }
}

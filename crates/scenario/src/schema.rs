//! The JSON Schemas of the file kinds, generated from the types.

use std::sync::{LazyLock, OnceLock};

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value as Json, json};

use crate::device_file::DeviceFile;
use crate::facts_file::FactsFile;
use crate::kinds::{self, PartKind};
use crate::rig_file::RigFile;
use crate::scenario_file::ScenarioFile;
use crate::system_file::SystemFile;

/// The schemas with the names of their files, as editors should see them: every object may have a
/// `why`, and `schema` is 1.
pub fn schemas() -> Vec<(&'static str, Json)> {
    [
        ("scenario.schema.json", SCENARIO.clone()),
        ("system.schema.json", SYSTEM.clone()),
        ("device.schema.json", may_extend(DEVICE.clone())),
        ("rig.schema.json", RIG.clone()),
        ("facts.schema.json", FACTS.clone()),
    ]
    .map(|(name, schema)| (name, for_editors(schema)))
    .into()
}

pub static SCENARIO: LazyLock<Json> = LazyLock::new(generate::<ScenarioFile>);
pub static SYSTEM: LazyLock<Json> = LazyLock::new(generate::<SystemFile>);
pub static DEVICE: LazyLock<Json> = LazyLock::new(|| device(kinds::ALL));
pub static RIG: LazyLock<Json> = LazyLock::new(generate::<RigFile>);
pub static FACTS: LazyLock<Json> = LazyLock::new(generate::<FactsFile>);

/// The schema of the device files that are no part: of an assembly alone.
pub static ASSEMBLY: LazyLock<Json> = LazyLock::new(generate::<DeviceFile>);
/// The schemas of device files of one kind, in the order of the kinds.
static KINDS: [OnceLock<Json>; kinds::ALL.len()] = [const { OnceLock::new() }; kinds::ALL.len()];

/// The schema of the device files of one type: as [`DEVICE`] has it, without all others. A type that is not
/// known is held against [`DEVICE`], which knows all that it could be.
pub fn of_device(word: Option<&str>) -> &'static Json {
    let place = kinds::ALL.iter().position(|kind| Some(kind.name) == word);
    match place {
        Some(place) => KINDS[place].get_or_init(|| kind_alone(kinds::ALL[place])),
        None if word == Some("assembly") => &ASSEMBLY,
        None => &DEVICE,
    }
}

/// What the schemas of all kinds refer to, and how.
static OF_ALL_KINDS: LazyLock<(kinds::Common, Json)> = LazyLock::new(|| {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let common = kinds::Common::new(&mut generator);
    (common, Json::Object(generator.take_definitions(true)))
});

fn kind_alone(kind: &'static PartKind) -> Json {
    let (common, definitions) = &*OF_ALL_KINDS;
    let mut schema = kinds::branch(kind, common);
    if let Some(keywords) = schema.as_object_mut() {
        keywords.insert("$defs".to_owned(), definitions.clone());
    }
    schema
}

fn generate<T: JsonSchema>() -> Json {
    SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<T>().to_value()
}

/// The schema of device files: types with sections, then kinds by their declarations.
fn device(kinds: &[&'static PartKind]) -> Json {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let common = kinds::Common::new(&mut generator);
    let mut branches = kinds.iter().map(|kind| kinds::branch(kind, &common)).collect();
    let mut schema = generator.into_root_schema_for::<DeviceFile>().to_value();
    if let Some(known) = schema.get_mut("oneOf").and_then(Json::as_array_mut) {
        known.append(&mut branches);
    }
    schema
}

/// A file that builds on another says only what differs: it is held against the schema once both are one.
fn may_extend(mut schema: Json) -> Json {
    let Some(keywords) = schema.as_object_mut() else { return schema };
    let whole = keywords.remove("oneOf").unwrap_or_default();
    keywords.insert("if".to_owned(), json!({"required": ["extends"]}));
    let extends =
        json!({"type": "string", "description": "The device file that this one builds on."});
    keywords
        .insert("then".to_owned(), json!({"type": "object", "properties": {"extends": extends}}));
    keywords.insert("else".to_owned(), json!({"oneOf": whole}));
    schema
}

fn for_editors(mut schema: Json) -> Json {
    decorate(&mut schema);
    schema
}

fn decorate(schema: &mut Json) {
    match schema {
        Json::Object(keywords) => {
            if let Some(properties) = keywords.get_mut("properties").and_then(Json::as_object_mut) {
                allow_why(properties);
                pin_version(properties);
            } else if keywords.get("additionalProperties").is_some_and(Json::is_object) {
                let why = json!({"why": {"type": "string", "description": "The reason."}});
                keywords.insert("properties".to_owned(), why);
            }
            keywords.values_mut().for_each(decorate);
        }
        Json::Array(elements) => elements.iter_mut().for_each(decorate),
        _ => {}
    }
}

fn allow_why(properties: &mut Map<String, Json>) {
    properties
        .entry("why")
        .or_insert_with(|| json!({"type": "string", "description": "The reason."}));
}

fn pin_version(properties: &mut Map<String, Json>) {
    if let Some(version) = properties.get_mut("schema").and_then(Json::as_object_mut) {
        version.insert("const".to_owned(), json!(1));
    }
}

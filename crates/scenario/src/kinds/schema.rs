//! The schemas of kinds, from their declarations.

use std::sync::LazyLock;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::{ColumnOf, LinkTo, PartKind, RowsKey, TableKey};
use crate::parameter_entry::{ParameterEntry, TableEntry};
use crate::resolved::{Conflict, Fits};

/// What the schemas of all kinds have in common; its definitions are the generator's.
pub struct Common {
    amount: Json,
    conflicts: Json,
    fits: Json,
}

impl Common {
    pub fn new(generator: &mut SchemaGenerator) -> Self {
        Self {
            amount: generator.subschema_for::<ParameterEntry>().to_value(),
            conflicts: generator.subschema_for::<Vec<Conflict>>().to_value(),
            fits: generator.subschema_for::<Fits>().to_value(),
        }
    }
}

/// One branch of the schema of device files: a kind by its declaration.
pub fn branch(kind: &PartKind, Common { amount, conflicts, fits }: &Common) -> Json {
    let mut properties = Map::new();
    let mut required = vec!["schema", "kind", "title", "type"];
    let mut put = |key: &str, schema: Json, doc: &str| {
        properties.insert(key.to_owned(), described(schema, doc));
    };
    let text = || json!({"type": "string"});
    put("$schema", text(), "Path of the JSON Schema, for editors.");
    put("schema", json!({"type": "integer"}), "Version of this format: 1.");
    put("kind", json!({"type": "string", "enum": ["device"]}), "`device`.");
    put("title", text(), "One line for people.");
    put("type", json!({"type": "string", "const": kind.name}), kind.doc);
    for one in kind.amounts {
        put(one.key, amount.clone(), one.doc);
        required.push(one.key);
    }
    for one in kind.groups {
        let properties: Map<String, Json> = one
            .amounts
            .iter()
            .map(|own| (own.key.to_owned(), described(amount.clone(), own.doc)))
            .collect();
        let all: Vec<&str> = one.amounts.iter().map(|own| own.key).collect();
        put(one.key, object(properties, json!(all)), one.doc);
        required.extend((!one.is_optional).then_some(one.key));
    }
    for one in kind.tables {
        put(one.key, table(one), one.doc);
        required.push(one.key);
    }
    for one in kind.rows {
        put(one.key, rows(one), one.doc);
    }
    for one in kind.words {
        put(one.key, json!({"type": "string", "enum": one.words}), one.doc);
        required.extend(one.otherwise.is_none().then_some(one.key));
    }
    for one in kind.links {
        let schema = match one.to {
            LinkTo::Quantity(_) | LinkTo::Cells | LinkTo::Rules | LinkTo::Driven => text(),
            LinkTo::Switches | LinkTo::Latches | LinkTo::Quantities(_) => {
                json!({"type": "array", "items": {"type": "string"}})
            }
            LinkTo::Nodes => {
                json!({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2})
            }
        };
        put(one.key, schema, one.doc);
    }
    put("conflicts", conflicts.clone(), "Where its documents contradict themselves.");
    if kind.fits {
        put("fits", fits.clone(), "What it goes together with.");
    }
    described(object(properties, json!(required)), kind.doc)
}

/// The schema of an object with these properties and no others.
fn object(properties: Map<String, Json>, required: Json) -> Json {
    let keywords = [
        ("type", json!("object")),
        ("properties", Json::Object(properties)),
        ("required", required),
        ("additionalProperties", json!(false)),
    ];
    Json::Object(keywords.into_iter().map(|(key, keyword)| (key.to_owned(), keyword)).collect())
}

/// A schema with what it is of.
fn described(mut schema: Json, doc: &str) -> Json {
    if let Some(keywords) = schema.as_object_mut() {
        keywords.insert("description".to_owned(), json!(doc.trim()));
    }
    schema
}

/// The schema of a curve: that of any other, with its own points.
fn table(one: &TableKey) -> Json {
    let point = json!({
        "type": "object",
        "properties": {one.form.over: {"type": "number"}, one.form.gives: {"type": "number"}},
        "required": [one.form.over, one.form.gives],
        "additionalProperties": false
    });
    listed(&point, "The points, in order.")
}

/// The schema of a table of rows.
fn rows(one: &RowsKey) -> Json {
    let column = |of: ColumnOf| match of {
        ColumnOf::Number(_) => json!({"type": "number"}),
        ColumnOf::Word(words) => json!({"type": "string", "enum": words}),
        ColumnOf::Text => json!({"type": "string"}),
    };
    let columns = one.columns.iter();
    let properties: Map<String, Json> =
        columns.map(|own| (own.key.to_owned(), described(column(own.of), own.doc))).collect();
    let all: Vec<&str> = one.columns.iter().map(|own| own.key).collect();
    let row = object(properties, json!(all));
    listed(&row, "The rows, in order.")
}

/// The schema of a list with one source for all of its elements, whatever these are.
static LIST: LazyLock<Json> = LazyLock::new(|| {
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let mut schema = generator.into_root_schema_for::<TableEntry<Json>>().to_value();
    schema.get_mut("oneOf").map(Json::take).unwrap_or_default()
});

/// The same of these elements.
fn listed(element: &Json, doc: &str) -> Json {
    let mut branches = LIST.clone();
    for branch in branches.as_array_mut().into_iter().flatten() {
        if let Some(points) = branch.pointer_mut("/properties/points") {
            *points = json!({"type": "array", "items": element, "description": doc});
        }
    }
    Json::Object([("oneOf".to_owned(), branches)].into_iter().collect())
}

//! Roles: which controllers a system has, and what they are called.

use crate::part::Part;
use crate::resolved::{Device, System};

/// Why a name is not the role of one controller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// No controller has that name.
    #[error("no role `{0}` in this system")]
    Unknown(String),
    /// The short form fits several.
    #[error("the role `{name}` is not unique: {}", fitting.join(", "))]
    Ambiguous {
        /// As asked for.
        name: String,
        /// Full paths that it may mean.
        fitting: Vec<String>,
    },
}

impl System {
    /// Every role, in the order of the devices (`<inverter>.control`, `<module>.monitor`);
    /// then those that are made of pins.
    pub fn roles(&self) -> Vec<String> {
        let role = |part: &Part| (part.kind.control)(part);
        let named =
            |device: &Device| role(&device.model).map(|short| format!("{}.{short}", device.id));
        let made = self.part_roles.iter().map(|role| role.path.clone());
        self.devices.iter().filter_map(named).chain(made).collect()
    }

    /// The full path of a role, given in full or in its short form (`bms`).
    ///
    /// # Errors
    /// When no controller has that name, or several have the short form.
    pub fn role(&self, name: &str) -> Result<String, RoleError> {
        let roles = self.roles();
        if roles.iter().any(|role| role == name) {
            return Ok(name.to_owned());
        }
        let is_short_for = |role: &String| role.rsplit_once('.').is_some_and(|(_, s)| s == name);
        let mut fitting: Vec<String> = roles.into_iter().filter(is_short_for).collect();
        match fitting.len() {
            0 => Err(RoleError::Unknown(name.to_owned())),
            1 => Ok(fitting.remove(0)),
            _ => Err(RoleError::Ambiguous { name: name.to_owned(), fitting }),
        }
    }

    /// A device by its path.
    pub fn find(&self, id: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }

    /// Index of a device by the name of its instance.
    pub fn device(&self, id: &str) -> Option<usize> {
        self.devices.iter().position(|device| device.id == id)
    }
}

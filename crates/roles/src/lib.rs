//! What a role hears, orders and says: one table, one row a pin.
//!
//! Everything that names a pin takes it from [`RoleTable`]: the terminals between physics and controllers,
//! the bench link, the C header, the pages for firmware engineers, the check of a DBC mapping, the schema of
//! rig files. An alarm of a role says which [`Protection`] it stands for, so that a claim of it is a trip.
//!
//! Left out: what a pin does. The physics obeys commands and writes readings by name.

mod c_header;
mod page;
mod pin;
mod protection;
mod role;
mod rows;
mod rows_ac;
mod rows_dc;

pub use c_header::c_header;
pub use page::pages;
pub use pin::{Direction, Limits, Pin, PinForm, PinRange, fnv_1a};
pub use protection::{Guarded, Protection};
pub use role::{Alarm, Clash, Role, RoleKind, RoleTable, clash};

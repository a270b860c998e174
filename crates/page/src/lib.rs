//! What a run answers: in a line for a console, in sentences, and as one offline page with everything that
//! the verdict and the trace have to say; and the page of a campaign of many runs.
//!
//! Everything here is a pure function of what a run wrote down: equal runs give equal bytes. A page asks for
//! nothing outside of itself.

mod about;
mod answer;
mod campaign_page;
mod chain;
mod html;
mod lanes;
mod quantity;
mod run_page;
mod sentences;
mod thin;
mod waves;

pub use about::{DrawnLimit, RunAbout};
pub use answer::RunAnswer;
pub use campaign_page::{CampaignRow, CampaignRun, WithoutVerdict, campaign_page};
pub use quantity::span;
pub use run_page::{OtherRun, RunMaterial, USUAL_SAMPLES, run_page};

//! Every way in which a file can be wrong, as a stable code.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// What is wrong, as it is written in reports: `scenario/<name>`. Each has a page in
        /// `docs/errors/scenario/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The part after `scenario/`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

codes! {
    /// Two roles have this short form: the full path is needed.
    AmbiguousRole "ambiguous-role";
    /// A DBC file that cannot be read, or has mistakes.
    BadDbc "bad-dbc";
    /// Signals or messages of a CAN device that cannot be mapped so.
    BadMapping "bad-mapping";
    /// A name with other characters than small letters, digits and hyphens.
    BadName "bad-name";
    /// A load's profile that is not there or cannot be followed.
    BadProfile "bad-profile";
    /// A device file gives a number without saying where it comes from.
    BareNumber "bare-number";
    /// An identifier that must be unique is used twice.
    DuplicateId "duplicate-id";
    /// A device file that contains itself, or builds on itself.
    Circular "circular";
    /// One object has the same key twice.
    DuplicateKey "duplicate-key";
    /// Two files of one kind have the same name.
    DuplicateName "duplicate-name";
    /// A folder below which no scenario lies.
    EmptyFolder "empty-folder";
    /// Priorities or charge values of a backup box that its load management cannot have.
    LoadManagement "load-management";
    /// A key that must be there is not.
    MissingKey "missing-key";
    /// A check that limits nothing, or a scenario without a check.
    NoLimit "no-limit";
    /// A path that is neither a folder nor a Blackstart file of the kind that is needed.
    NotBlackstart "not-blackstart";
    /// The bytes are not UTF-8.
    NotUtf8 "not-utf8";
    /// A number that a double cannot hold.
    NumberTooLarge "number-too-large";
    /// A value outside what is physically or technically possible.
    OutOfRange "out-of-range";
    /// A file is named, or a link leads to one, that lies outside of the project.
    OutsideProject "outside-project";
    /// A pin of a role that would be a physical quantity: a controller sees what a sensor makes of it.
    ReadsTruth "reads-truth";
    /// Two levels of one device that stand the wrong way round.
    ReversedLevels "reversed-levels";
    /// The text is not JSON.
    Syntax "syntax";
    /// Objects and arrays, or files in files, nest deeper than the stated limit.
    TooDeep "too-deep";
    /// A file larger than 16 MiB.
    TooLarge "too-large";
    /// More events, parts, files or links than the stated limit.
    TooMany "too-many";
    /// A device of the system lies nowhere, or the wrong way round.
    Unconnected "unconnected";
    /// A check id that the scenario does not have.
    UnknownCheck "unknown-check";
    /// A device file that does not exist.
    UnknownDevice "unknown-device";
    /// A number that no fact of the project has.
    UnknownFact "unknown-fact";
    /// An end that a part does not have.
    UnknownEnd "unknown-end";
    /// An instance that the system does not have.
    UnknownInstance "unknown-instance";
    /// A key that the format does not have.
    UnknownKey "unknown-key";
    /// A message that the DBC file does not have, or that is not mapped.
    UnknownMessage "unknown-message";
    /// A node that the system does not have, or that stands in one place only.
    UnknownNode "unknown-node";
    /// A role that the system does not have.
    UnknownRole "unknown-role";
    /// A signal that the system does not have.
    UnknownSignal "unknown-signal";
    /// A state that the signal does not have.
    UnknownState "unknown-state";
    /// A system file that does not exist.
    UnknownSystem "unknown-system";
    /// A word that is none of those that may stand here.
    UnknownWord "unknown-word";
    /// A file or folder that cannot be read.
    Unreadable "unreadable";
    /// A device of another type than the place needs.
    WrongDevice "wrong-device";
    /// A pin that a part does not have, or that goes the other way.
    WrongPin "wrong-pin";
    /// A parameter among the initial values, or an initial value among the parameters.
    WrongPlace "wrong-place";
    /// A number is wanted of a state signal, or a state of a continuous one.
    WrongSignalKind "wrong-signal-kind";
    /// A value of another JSON type than the place needs.
    WrongType "wrong-type";
    /// A key with another unit than the format's.
    WrongUnit "wrong-unit";
    /// A version of the format that this program does not read.
    WrongVersion "wrong-version";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scenario/{}", self.name())
    }
}

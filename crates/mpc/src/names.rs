//! One list of names for each enum of choices: flags, JavaScript, JSON and documents have theirs from it.

/// Gives an enum without data `ALL`, `name()` and `from_name()`. JSON has the same names by serde's `kebab-case`.
///
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Size {
///     Small,
///     VeryLarge,
/// }
/// sotto_mpc::names!(Size { Small => "small", VeryLarge => "very-large" });
/// assert_eq!(Size::ALL.map(Size::name), ["small", "very-large"]);
/// assert_eq!(Size::from_name("very-large"), Some(Size::VeryLarge));
/// ```
#[macro_export]
macro_rules! names {
    ($type:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Stable name: on the command line, in JavaScript, in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == name)
            }
        }
    };
}
